import { DEFAULT_ORG_ID } from "@berth/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";
import { toCall } from "../mcp/mcp.fixture.ts";

let house: House;
let [ada, bea, auditor, operator] = ["", "", "", ""];
beforeAll(async () => {
  house = await openHouse();
  ada = await house.key("invoke");
  bea = await house.key("invoke");
  auditor = await house.key("read");
  operator = await house.key("operate", "read");
});
afterAll(async () => await house[Symbol.asyncDispose]());

const MEMORY = "/v1/memory/scripted";
const texts = ({ json }: { readonly json: Json }): readonly string[] =>
  (json.items ?? json.hits).map(({ text }: Json) => text);

describe("memory over HTTP", () => {
  test("is the caller's own: saved, found, listed page by page, and deleted", async () => {
    const body = { text: "The office is in Lisbon.", key: "office", metadata: { city: "Lisbon" } };
    const saved = await house.call(`${MEMORY}/items`, { token: ada, body });
    expect([saved.status, saved.json.outcome, saved.json.passages]).toEqual([200, "created", 1]);
    await house.call(`${MEMORY}/items`, { token: ada, body: { text: "The archive is in Porto." } });
    const found = await house.call(`${MEMORY}/search`, {
      token: ada,
      body: { query: "where is the office", limit: 1 },
    });
    expect(found.json).toMatchObject({ model: "berth-hashed-v1", hits: [{ key: "office", from: 0, to: 24 }] });
    const first = await house.call(`${MEMORY}/items?limit=1`, { token: ada });
    expect(texts(first)).toEqual(["The archive is in Porto."]);
    const rest = await house.call(`${MEMORY}/items?limit=1&after=${first.json.next}`, { token: ada });
    expect(texts(rest)).toEqual(["The office is in Lisbon."]);
    const filter = { filter: { city: { in: ["Lisbon"] } } };
    expect((await house.call(`${MEMORY}/delete`, { token: ada, body: filter })).json).toEqual({ removed: 1 });
    expect(texts(await house.call(`${MEMORY}/items`, { token: ada }))).toEqual(["The archive is in Porto."]);
  });

  test("of another is not there for one without the right, and what was done to it is in the audit log", async () => {
    const { json: me } = await house.call("/v1/whoami", { token: ada });
    await house.call(`${MEMORY}/items`, { token: ada, body: { text: "Ada's own." } });
    expect(texts(await house.call(`${MEMORY}/search`, { token: bea, body: { query: "Ada's own" } }))).toEqual([]);
    for (const whose of [`owner=${me.id}`, "owner=usr_nobody", "scope=agent"]) {
      expect((await house.call(`${MEMORY}/items?${whose}`, { token: bea })).json.reason).toBe("PERMISSION_DENIED");
    }
    expect(texts(await house.call(`${MEMORY}/items?owner=${me.id}`, { token: auditor }))).toContain("Ada's own.");
    const body = { all: true, owner: me.id };
    expect((await house.call(`${MEMORY}/delete`, { token: auditor, body })).json.reason).toBe("PERMISSION_DENIED");
    const spaces = await house.call(`${MEMORY}/spaces`, { token: auditor });
    expect(spaces.json.spaces).toContainEqual(expect.objectContaining({ owner: me.id, scope: "user" }));
    expect((await house.call(`${MEMORY}/delete`, { token: operator, body })).json.removed).toBeGreaterThan(0);
    const [entry] = await house.store.audit.list(DEFAULT_ORG_ID, 1);
    expect(entry).toMatchObject({ action: "memory.delete", resource: "scripted", detail: { owner: me.id, by: "all" } });
  });

  test("says what does not fit", async () => {
    const refused = async (path: string, body: object): Promise<unknown> => {
      const { json } = await house.call(`${MEMORY}/${path}`, { token: ada, body });
      return json.violations?.[0]?.field ?? json.reason;
    };
    expect(await refused("items", {})).toBe("text");
    expect(await refused("items", { text: "x".repeat(131_073) })).toBe("text");
    expect(await refused("items", { text: "x", metadata: [] })).toBe("metadata");
    expect(await refused("items", { text: "x", metadata: { a: "x".repeat(5_000) } })).toBe("metadata");
    expect(await refused("items", { text: "x", key: "" })).toBe("key");
    expect(await refused("items", { text: "x", key: "\u0000" })).toBe("key");
    expect(await refused("items", { text: "x", ttlSeconds: 0 })).toBe("ttlSeconds");
    expect(await refused("items", { text: "x", scope: "world" })).toBe("scope");
    expect(await refused("items", { text: "x", scope: "agent", owner: "usr_1" })).toBe("owner");
    expect(await refused("search", { query: " " })).toBe("query");
    expect(await refused("search", { query: "x", limit: 101 })).toBe("limit");
    expect(await refused("search", { query: "x", mode: "magic" })).toBe("mode");
    expect(await refused("search", { query: "x", filter: { a: {} } })).toBe("filter.a");
    expect(await refused("delete", {})).toBe("ids");
    expect(await refused("delete", { ids: [], all: true })).toBe("ids");
    expect(await refused("delete", { filter: {} })).toBe("filter");
    expect((await house.call("/v1/memory/none/items", { token: ada })).json.reason).toBe("AGENT_NOT_FOUND");
  });

  test("is a resource for MCP clients", async () => {
    await house.call(`${MEMORY}/items`, { token: bea, body: { text: "Bea likes tea." } });
    const ask = async (method: string, params: Json, token: string, path = "/mcp"): Promise<Json> =>
      (await house.call(path, { token, ...toCall(method, params, {}) })).json;
    const templates = await ask("resources/templates/list", {}, bea);
    expect(templates.result.resourceTemplates).toContainEqual(expect.objectContaining({ name: "memory" }));
    const read = async (uri: string, token: string, path?: string): Promise<Json> =>
      await ask("resources/read", { uri }, token, path);
    const found = await read("berth://memory/scripted?query=what%20does%20Bea%20like", bea, "/agents/scripted/mcp");
    expect(JSON.parse(found.result.contents[0].text).hits[0].text).toBe("Bea likes tea.");
    expect(JSON.parse((await read("berth://memory/scripted", bea)).result.contents[0].text).items).toHaveLength(1);
    expect((await read("berth://memory/none", bea)).error.message).toContain("no such resource");
    expect((await read("berth://memory/scripted?query=%", bea)).error.message).toContain("percent-encoded");
  });
});
