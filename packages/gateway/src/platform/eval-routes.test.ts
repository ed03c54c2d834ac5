import { DEFAULT_ORG_ID } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";

let house: House;
let token = "";
beforeAll(async () => {
  house = await openHouse();
  token = await house.key("invoke", "deploy");
  await house.store.evals.saveSuites(DEFAULT_ORG_ID, "rel_scripted", [
    {
      name: "basics",
      skill: "echo",
      threshold: "1",
      timeoutSeconds: 10,
      cases: [
        { id: "one", input: "x", scorers: [{ type: "contains", text: "x" }] },
        { id: "two", input: "x", expected: "y", scorers: [{ type: "exact" }] },
      ],
    },
  ]);
});
afterAll(async () => await house[Symbol.asyncDispose]());

const EVALS = "/v1/agents/scripted/evals";

describe("evals over HTTP", () => {
  test("show the suites, run one, and tell what came of it", async () => {
    const { json: listed } = await house.call(EVALS, { token });
    expect(listed.suites).toEqual([
      { name: "basics", skill: "echo", threshold: "1", timeoutSeconds: 10, cases: ["one", "two"] },
    ]);
    expect((await house.call("/v1/agents/scripted")).json).not.toHaveProperty("evals");
    const started = await house.call(`${EVALS}/runs`, { token, body: {} });
    expect([started.status, started.json.status]).toEqual([202, "running"]);
    const run = await waitFor<Json>("the run to end", async () => {
      const { json } = await house.call(`${EVALS}/runs/${started.json.runId}`, { token });
      return json.status === "running" ? undefined : json;
    });
    expect(run).toMatchObject({
      agent: "scripted",
      release: "rel_scripted",
      status: "failed",
      score: "0.500",
      total: 2,
    });
    const { json: runs } = await house.call(`${EVALS}/runs?suite=basics&limit=1`, { token });
    expect(runs.runs).toEqual([expect.objectContaining({ runId: run.runId, score: "0.500" })]);
    expect(runs.runs[0]).not.toHaveProperty("cases");
    const statistics = { suite: "basics", score: "0.500", passed: false, at: run.endedAt, release: "rel_scripted" };
    expect((await house.call("/v1/agents/scripted")).json.evals).toEqual(statistics);
    const { json: agents } = await house.call("/v1/agents", { token });
    expect(agents.agents.map(({ evals }: Json) => evals?.score)).toEqual([undefined, "0.500"]);

    const [{ receiptId }] = run.cases;
    await house.control.receipts.flush();
    const [addendum] = await house.control.receipts.addenda(DEFAULT_ORG_ID, receiptId);
    expect(addendum).toMatchObject({ kind: "eval", receiptId });
    const canceled = await house.call(`${EVALS}/runs/${run.runId}/cancel`, { token, method: "POST" });
    expect([canceled.status, canceled.json.status]).toEqual([200, "failed"]);
  });

  test("show the real tasks that were scored, and what they say together in the agent's document", async () => {
    expect((await house.call(`${EVALS}/samples`, { token })).json).toEqual({ samples: [] });
    const sample = { suite: "basics", failures: [], passed: true, score: "1.000", at: "2026-11-29T10:00:00.000Z" };
    const agentId = (await house.call("/v1/agents/scripted", { token })).json.agentId;
    const ids = { taskId: "task_1", receiptId: "rcpt_1" };
    await house.store.evalSamples.save({
      ...ids,
      ...sample,
      agentId,
      orgId: DEFAULT_ORG_ID,
      releaseId: "rel_scripted",
    });
    const { json } = await house.call(`${EVALS}/samples?limit=1`, { token });
    expect(json.samples).toEqual([{ ...ids, ...sample, release: "rel_scripted" }]);
    expect((await house.call(`${EVALS}/samples?limit=0`, { token })).status).toBe(400);
  });

  test("a deployment passes its gate by only with the right to", async () => {
    const headers = { "content-type": "application/gzip" };
    const skip = async (key: string): Promise<Json> =>
      (await house.call("/v1/deployments?evals=skip", { token: key, body: new Uint8Array(3), headers })).json;
    expect((await skip(token)).reason).toBe("PERMISSION_DENIED");
    expect((await skip(house.admin)).status).toBe("queued");
    const other = await house.call("/v1/deployments?evals=no", { token, body: new Uint8Array(3), headers });
    expect(other.json.reason).toBe("INVALID_PARAMS");
  });

  test("refuse what is no suite's name, and suites and runs that are not there", async () => {
    expect((await house.call(`${EVALS}/runs`, { token, body: { suite: 3 } })).json.reason).toBe("INVALID_PARAMS");
    expect((await house.call(`${EVALS}/runs`, { token, body: { suite: "none" } })).status).toBe(404);
    expect((await house.call(`${EVALS}/runs/eval_none`, { token })).json.reason).toBe("EVAL_NOT_FOUND");
    expect((await house.call("/v1/agents/hidden/evals", { token })).json).toEqual({ suites: [] });
  });
});
