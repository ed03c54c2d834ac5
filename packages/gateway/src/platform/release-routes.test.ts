import { releaseLabel } from "@berth/control";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, publish, textMessage } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

const PUBLIC = scriptedConfig({ visibility: "public" });
const LABEL = releaseLabel("rel_old");
let house: House;
let developer: string;
let invoker: string;

beforeAll(async () => {
  house = await openHouse();
  await publish(house.store, "fx", { releaseId: "rel_old", config: PUBLIC, card: { ...scriptedCard(), name: "Old" } });
  await publish(house.store, "fx", { releaseId: "rel_new", config: PUBLIC, card: { ...scriptedCard(), name: "New" } });
  developer = await house.key("deploy", "invoke");
  invoker = await house.key("invoke", "read");
});
afterAll(async () => await house[Symbol.asyncDispose]());

/** The release that a new task began on. */
async function releaseOf(path: string, headers: Readonly<Record<string, string>>): Promise<unknown> {
  const sent = await house.call(`${path}/message:send`, {
    token: developer,
    headers: { "a2a-version": "1.0", ...headers },
    body: textMessage("x"),
  });
  return (await house.call(`/v1/tasks/${sent.json.task.id}`, { token: developer })).json.release;
}

describe("an agent's traffic", () => {
  test("is shown, split and given back, with its version as the tag", async () => {
    const shown = await house.call("/v1/agents/fx/traffic", { token: invoker });
    expect(shown.json).toMatchObject({
      agent: "fx",
      active: "rel_new",
      shares: [{ release: "rel_new", percent: 100 }],
    });
    expect(shown.headers["etag"]).toBe(`"${shown.json.version}"`);
    const shares = [
      { release: "rel_new", percent: 66.67 },
      { release: "rel_old", percent: 33.33 },
    ];
    const change = { method: "PUT", token: developer, body: { shares } };
    const stale = await house.call("/v1/agents/fx/traffic", { ...change, headers: { "if-match": '"1"' } });
    expect([stale.status, stale.json.reason]).toEqual([409, "STORE_CONFLICT"]);
    const split = await house.call("/v1/agents/fx/traffic", { ...change, headers: { "if-match": '"2"' } });
    expect(split.json).toMatchObject({ version: 3, shares });
    const back = await house.call("/v1/agents/fx/rollback", { token: developer, body: {} });
    expect(back.json.shares).toEqual([{ release: "rel_new", percent: 100 }]);
    for (const wrong of [{}, { shares: [{ release: "rel_new", percent: 33.333 }] }, { shares: [{ percent: 100 }] }]) {
      const refused = await house.call("/v1/agents/fx/traffic", { ...change, body: wrong });
      expect([refused.status, refused.json.reason]).toEqual([400, "INVALID_PARAMS"]);
    }
  });

  test("names each release with what it gets and where it can be looked at", async () => {
    const { json } = await house.call("/v1/agents/fx/releases", { token: invoker });
    const old = json.releases.find(({ release }: { release: string }) => release === "rel_old");
    expect(old).toMatchObject({ state: "idle", percent: 0, health: "sleeping", active: false });
    expect(old.previewUrl).toBe(`http://${LABEL}--fx.localhost:${house.port}/`);
  });
});

describe("a release can be called before it has traffic", () => {
  test("by a header, with the right to", async () => {
    for (const wanted of ["rel_old", LABEL]) {
      expect(await releaseOf("/agents/fx", { "berth-release": wanted })).toBe("rel_old");
    }
    expect(await releaseOf("/agents/fx", {})).toBe("rel_new");
    const headers = { "a2a-version": "1.0", "berth-release": "rel_old" };
    const call = { headers, body: textMessage("x") };
    expect((await house.call("/agents/fx/message:send", { ...call, token: invoker })).status).toBe(403);
    expect((await house.call("/agents/fx/message:send", call)).status).toBe(401);
    const unknown = { ...call, token: developer, headers: { ...headers, "berth-release": "rel_none" } };
    expect((await house.call("/agents/fx/message:send", unknown)).status).toBe(404);
  });

  test("at its own address, where its card is", async () => {
    const path = `/agents/${LABEL}--fx`;
    const card = await house.call(`${path}/.well-known/agent-card.json`, { headers: { "a2a-version": "1.0" } });
    expect(card.json.name).toBe("Old");
    expect(card.json.supportedInterfaces[0].url).toContain(`${LABEL}--fx`);
    expect(await releaseOf(path, {})).toBe("rel_old");
    const stranger = { headers: { "a2a-version": "1.0" }, body: textMessage("x") };
    expect((await house.call(`${path}/message:send`, stranger)).status).toBe(401);
    const none = await house.call(`/agents/${releaseLabel("rel_none")}--fx/.well-known/agent-card.json`);
    expect(none.status).toBe(404);
  });
});
