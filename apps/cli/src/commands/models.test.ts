import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const provider = {
  name: "openai",
  kind: "openai",
  baseUrl: "https://api.openai.com/v1",
  secret: "OPENAI_API_KEY",
  models: [
    { name: "small", inputPrice: "0.25", outputPrice: "2" },
    { name: "large", inputPrice: null, outputPrice: null },
  ],
  concurrency: 16,
  timeoutSeconds: 600,
  updatedAt: "2026-11-29T10:00:00Z",
  updatedBy: "usr_1",
};
const alias = {
  name: "fast",
  models: ["openai/small", "local/tiny"],
  updatedAt: provider.updatedAt,
  updatedBy: "usr_1",
};
const put = { "PUT /v1/models/providers/openai": { json: provider } };

describe("models", () => {
  test("list shows models with prices, and aliases, or says that there are none", async () => {
    const routes = { "GET /v1/models": { json: { providers: [provider], aliases: [alias] } } };
    const { io } = await runAgainst(routes, ["models", "list"]);
    expect(io.out()).toMatch(/openai\/small +openai +https:\/\/api\.openai\.com\/v1 +OPENAI_API_KEY +0\.25 +2/);
    expect(io.out()).toMatch(/fast +openai\/small, local\/tiny/);
    const json = await runAgainst(routes, ["models", "list", "--json"]);
    expect(json.io.document()).toEqual({ providers: [provider], aliases: [alias] });
    const none = await runAgainst({ "GET /v1/models": { json: { providers: [], aliases: [] } } }, ["models", "list"]);
    expect(none.io.out()).toContain("No models");
  });

  test("add sends the models with their prices, and the secret by its name", async () => {
    const argv = [
      "models",
      "add",
      "openai",
      "--kind",
      "openai",
      "--secret",
      "OPENAI_API_KEY",
      "--models",
      "small, large",
    ];
    const { code, requests } = await runAgainst(put, [...argv, "--price", "small=0.25/2", "--concurrency", "4"]);
    expect(code).toBe(0);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
      kind: "openai",
      secret: "OPENAI_API_KEY",
      models: [{ name: "small", inputPrice: "0.25", outputPrice: "2" }, { name: "large" }],
      concurrency: 4,
    });
  });

  test.each([
    ["an unknown kind", ["--kind", "openia", "--models", "x"], "Did you mean openai"],
    ["no models", ["--kind", "openai"], "at least one model"],
    ["a price of another model", ["--kind", "openai", "--models", "x", "--price", "y=1/2"], "--price y=1/2"],
    ["a concurrency that is none", ["--kind", "openai", "--models", "x", "--concurrency", "many"], "whole number"],
  ])("add refuses %s before anything is sent", async (_what, options, said) => {
    const { code, io, requests } = await runAgainst(put, ["models", "add", "openai", ...options]);
    expect([code, requests]).toEqual([2, []]);
    expect(io.err()).toContain(said);
  });

  test("alias names models in their order, and remove asks first", async () => {
    const routes = {
      "PUT /v1/models/aliases/fast": { json: alias },
      "DELETE /v1/models/aliases/fast": { status: 204 },
      "DELETE /v1/models/providers/openai": { status: 204 },
    } as const;
    const named = await runAgainst(routes, ["models", "alias", "fast", "openai/small,local/tiny"]);
    expect(JSON.parse(named.requests[0]?.body ?? "")).toEqual({ models: ["openai/small", "local/tiny"] });
    expect(named.io.out()).toContain("openai/small, then local/tiny");
    const removed = await runAgainst(routes, ["models", "remove", "fast", "--alias", "--yes"]);
    expect(removed.requests[0]).toMatchObject({ method: "DELETE", path: "/v1/models/aliases/fast" });
    const kept = await runAgainst(routes, ["models", "remove", "openai"], { tty: true, input: "n\n" });
    expect([kept.code === 0, kept.requests]).toEqual([false, []]);
  });
});
