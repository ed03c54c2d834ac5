import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

let house: House;
let admin = "";
beforeAll(async () => {
  house = await openHouse();
  admin = await house.key("admin");
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

const put = async (path: string, body: unknown, token = admin): ReturnType<House["call"]> =>
  await house.call(`/v1/models/${path}`, { method: "PUT", body, token });
const provider = {
  kind: "anthropic",
  secret: "ANTHROPIC_API_KEY",
  models: [{ name: "haiku", inputPrice: "1", outputPrice: "5.000001" }, { name: "opus" }],
};

describe("the routes of models", () => {
  it("set, list and remove providers and aliases, and each is in the audit log", async () => {
    const set = await put("providers/claude", provider);
    expect([set.status, set.json]).toMatchObject([
      200,
      {
        name: "claude",
        baseUrl: "https://api.anthropic.com/v1",
        secret: "ANTHROPIC_API_KEY",
        models: [
          { name: "haiku", inputPrice: "1", outputPrice: "5.000001" },
          { name: "opus", inputPrice: null, outputPrice: null },
        ],
        concurrency: 16,
        timeoutSeconds: 600,
      },
    ]);
    const named = await put("aliases/fast", { models: ["claude/haiku", "openai/small"] });
    expect([named.status, named.json]).toMatchObject([200, { name: "fast", models: ["claude/haiku", "openai/small"] }]);
    const listed = await house.call("/v1/models", { token: await house.key("read") });
    expect(listed.json).toEqual({ providers: [set.json], aliases: [named.json] });
    const remove = { method: "DELETE", token: admin };
    expect((await house.call("/v1/models/aliases/claude", remove)).json.reason).toBe("MODEL_NOT_FOUND");
    expect((await house.call("/v1/models/aliases/fast", remove)).status).toBe(204);
    expect((await house.call("/v1/models/providers/claude", remove)).status).toBe(204);
    expect((await house.call("/v1/models/providers/claude", remove)).status).toBe(404);
    const audit = await house.call("/v1/audit", { token: await house.key("audit") });
    for (const action of ["model_provider.put", "model_alias.put", "model_alias.remove", "model_provider.remove"]) {
      expect(audit.text).toContain(action);
    }
  });

  it.each([
    ["another kind", { ...provider, kind: "mistral" }, "kind"],
    ["no models", { ...provider, models: [] }, "models"],
    ["a model twice", { ...provider, models: [{ name: "a" }, { name: "a" }] }, "models[1]"],
    ["a price that is no amount", { ...provider, models: [{ name: "a", inputPrice: 1 }] }, "models[0].inputPrice"],
    ["a key instead of a name", { ...provider, secret: "sk-ant-1234" }, "secret"],
    ["a URL with a password", { ...provider, baseUrl: "https://me:pw@api.test/v1" }, "baseUrl"],
    ["a URL of another kind", { ...provider, baseUrl: "file:///etc/passwd" }, "baseUrl"],
    ["no calls at all", { ...provider, concurrency: 0 }, "concurrency"],
  ])("refuse %s with its field", async (_what, body, field) => {
    const answer = await put("providers/claude", body);
    expect([answer.status, answer.json.violations]).toEqual([400, [expect.objectContaining({ field })]]);
  });

  it("refuse an alias of nothing, and names that could be taken for a model", async () => {
    expect((await put("aliases/fast", { models: [] })).status).toBe(400);
    expect((await put("aliases/fast", { models: ["fast"] })).status).toBe(400);
    expect((await put("aliases/Fast", { models: ["a/b"] })).status).toBe(400);
    expect((await put("aliases/fast", { models: "a/b" })).status).toBe(400);
  });

  it("are for administrators, and to look for those who deploy, operate or read", async () => {
    for (const scope of ["deploy", "operate", "read"] as const) {
      const token = await house.key(scope);
      expect((await house.call("/v1/models", { token })).status).toBe(200);
      expect((await put("providers/claude", provider, token)).status).toBe(403);
    }
    expect((await house.call("/v1/models", { token: await house.key("invoke") })).status).toBe(403);
    expect((await house.call("/v1/models")).status).toBe(401);
  });
});
