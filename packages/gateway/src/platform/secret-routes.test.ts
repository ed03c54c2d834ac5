import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { House } from "../gateway.fixture.ts";

const VALUE = "sk-0123456789";
let house: House;
let developer = "";
beforeAll(async () => {
  house = await openHouse();
  developer = await house.key("deploy");
});
afterAll(async () => {
  await house[Symbol.asyncDispose]();
});

const put = async (path: string, body: unknown, token = developer): ReturnType<House["call"]> =>
  await house.call(path, { method: "PUT", body, token });

describe("the routes of secrets", () => {
  it("take a value and never give it back", async () => {
    const set = await put("/v1/secrets/API_KEY?agent=coder", { value: VALUE, hosts: ["api.test"] });
    expect([set.status, set.json]).toMatchObject([
      200,
      { name: "API_KEY", agent: "coder", hosts: ["api.test"], version: 1 },
    ]);
    const listed = await house.call("/v1/secrets", { token: developer });
    expect(listed.json.secrets).toEqual([{ ...set.json, usedBy: [] }]);
    expect(set.text + listed.text).not.toContain(VALUE);
    const one = await house.call("/v1/secrets/API_KEY", { token: developer });
    expect(one.status).toBe(405);
    const removed = { method: "DELETE", token: developer };
    expect((await house.call("/v1/secrets/API_KEY", removed)).json.reason).toBe("SECRET_NOT_FOUND");
    expect((await house.call("/v1/secrets/API_KEY?agent=coder", removed)).status).toBe(204);
  });

  it.each([
    ["no value", {}, "value"],
    ["a number", { value: 12345678 }, "value"],
    ["a short value", { value: "qwz1234" }, "value"],
    ["hosts that are no list", { value: VALUE, hosts: "api.test" }, "hosts"],
    ["no host at all", { value: VALUE, hosts: [] }, "hosts"],
    ["a host with a path", { value: VALUE, hosts: ["api.test/x"] }, "hosts[0]"],
  ])("refuse %s without repeating it", async (_what, body, field) => {
    const answer = await put("/v1/secrets/API_KEY", body);
    expect([answer.status, answer.json.violations]).toEqual([400, [expect.objectContaining({ field })]]);
    expect(answer.text).not.toContain("qwz1234");
    expect(answer.text).not.toContain(VALUE);
  });

  it("are for developers, and to look for operators", async () => {
    const operator = await house.key("operate");
    expect((await house.call("/v1/secrets", { token: operator })).status).toBe(200);
    expect((await put("/v1/secrets/API_KEY", { value: VALUE }, operator)).status).toBe(403);
    for (const scope of ["invoke", "read", "audit"] as const) {
      expect((await house.call("/v1/secrets", { token: await house.key(scope) })).status).toBe(403);
    }
    expect((await house.call("/v1/secrets")).status).toBe(401);
  });
});
