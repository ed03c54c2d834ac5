import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { DEFAULT_ORG_ID } from "@berth/protocol";
import { openHouse } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => await house[Symbol.asyncDispose]());

async function mint(runId: string, orgId: string = DEFAULT_ORG_ID): Promise<string> {
  const { record } = await house.control.grants.mint({
    orgId,
    runId,
    agentId: "agt_scripted",
    scope: { read: ["data/**"], write: `outputs/${runId}/` },
    runDeadline: new Date(Date.now() + 60_000).toISOString(),
  });
  return record.grantId;
}

describe("grants", () => {
  test("are listed by run and by whether they hold, without their tokens, and revoked", async () => {
    const id = await mint("task_g1");
    const token = await house.key("operate");
    const { json, text } = await house.call("/v1/grants?run=task_g1&valid=true", { token });
    expect(json.grants).toEqual([
      {
        id,
        run: "task_g1",
        agentId: "agt_scripted",
        scope: { read: ["data/**"], write: "outputs/task_g1/" },
        issuedAt: expect.any(String),
        expiresAt: expect.any(String),
        revokedAt: null,
        valid: true,
      },
    ]);
    expect(text).not.toContain("acg1_");
    expect((await house.call(`/v1/grants/${id}`, { method: "DELETE", token })).status).toBe(204);
    expect((await house.call("/v1/grants?run=task_g1&valid=true", { token })).json.grants).toEqual([]);
    const after = (await house.call("/v1/grants?valid=false", { token })).json.grants;
    expect(after).toMatchObject([{ id, valid: false, revokedAt: expect.any(String) }]);
  });

  test("are for those with the right, and a foreign one looks like none", async () => {
    const foreign = await mint("task_g2", "org_other");
    const token = await house.key("operate");
    const answers = [];
    for (const id of [foreign, "gr_none"]) {
      const { status, json } = await house.call(`/v1/grants/${id}`, { method: "DELETE", token });
      answers.push([status, json.reason, json.detail]);
    }
    expect(answers[0]).toEqual([404, "GRANT_NOT_FOUND", expect.any(String)]);
    expect(answers[1]).toEqual(answers[0]);
    expect((await house.call("/v1/grants?run=task_g2", { token })).json.grants).toEqual([]);
    const weak = await house.key("invoke", "deploy");
    expect((await house.call("/v1/grants", { token: weak })).status).toBe(403);
    const reader = await house.key("read");
    const id = await mint("task_g3");
    expect((await house.call(`/v1/grants/${id}`, { method: "DELETE", token: reader })).status).toBe(403);
    expect((await house.call("/v1/grants")).status).toBe(401);
    expect((await house.call("/v1/grants?valid=maybe", { token })).json.reason).toBe("INVALID_PARAMS");
  });
});
