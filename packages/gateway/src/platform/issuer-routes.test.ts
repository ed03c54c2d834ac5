import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => await house[Symbol.asyncDispose]());

const bindings = [{ subject: "ada", role: "invoker", agents: ["scripted"] }];

describe("/v1/issuers", () => {
  test("adds, lists and removes, for administrators", async () => {
    const token = house.admin;
    const added = await house.call("/v1/issuers", { token, body: { issuer: "https://issuer.example.com", bindings } });
    expect([added.status, added.json]).toEqual([
      201,
      {
        id: expect.stringMatching(/^iss_/),
        issuer: "https://issuer.example.com",
        audiences: [],
        jwksUri: null,
        algorithms: ["RS256", "PS256", "ES256", "EdDSA"],
        bindings,
        singleUse: false,
        createdAt: expect.any(String),
      },
    ]);
    expect((await house.call("/v1/issuers", { token })).json.issuers).toEqual([added.json]);
    const path = `/v1/issuers/${added.json.id}`;
    expect((await house.call(path, { method: "DELETE", token: await house.key("deploy") })).status).toBe(403);
    expect((await house.call(path, { method: "DELETE", token })).status).toBe(204);
    expect((await house.call(path, { method: "DELETE", token })).json.reason).toBe("ISSUER_NOT_FOUND");
  });

  test.each([
    [{}, ["issuer", "bindings"]],
    [{ issuer: 1, bindings: {} }, ["issuer", "bindings"]],
    [
      { issuer: "https://x.example.com", bindings: [{ subject: 1, role: "king" }] },
      ["bindings[0].subject", "bindings[0].role"],
    ],
    [
      { issuer: "https://x.example.com", bindings: [{ subject: "a", role: "invoker", agents: "echo" }] },
      ["bindings[0].agents"],
    ],
    [{ issuer: "https://x.example.com", bindings, audiences: "x", algorithms: [1] }, ["audiences", "algorithms"]],
    [{ issuer: "https://x.example.com", bindings, singleUse: "yes" }, ["singleUse"]],
    [{ issuer: "mtls", bindings, singleUse: true }, ["singleUse"]],
  ])("refuses %j, and says what is wrong", async (body, fields) => {
    const { status, json } = await house.call("/v1/issuers", { token: house.admin, body });
    expect([status, json.violations.map(({ field }: { field: string }) => field)]).toEqual([400, fields]);
  });
});
