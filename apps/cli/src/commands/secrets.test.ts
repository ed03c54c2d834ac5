import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const secret = {
  name: "API_KEY",
  agent: null,
  hosts: ["api.test"],
  version: 2,
  updatedAt: "2026-11-29T10:00:00Z",
  updatedBy: "usr_1",
};
const listed = { ...secret, usedBy: ["coder"] };
const put = { "PUT /v1/secrets/API_KEY": { json: secret } };
const VALUE = "sk-0123456789";

describe("secrets", () => {
  test("alone lists names and users, or says that there are none", async () => {
    const routes = { "GET /v1/secrets": { json: { secrets: [listed] } } };
    expect((await runAgainst(routes, ["secrets", "--json"])).io.document()).toEqual({ secrets: [listed] });
    expect((await runAgainst(routes, ["secrets"])).io.out()).toMatch(/API_KEY +every agent +api\.test +coder +2 /);
    const none = await runAgainst({ "GET /v1/secrets": { json: { secrets: [] } } }, ["secrets", "list"]);
    expect(none.io.out()).toBe("No secrets.\n");
  });

  test("set reads the value from stdin, without the line break at its end, and shows it nowhere", async () => {
    const argv = ["secrets", "set", "API_KEY", "--agent", "coder", "--host", "api.test", "--value-file", "-"];
    const { code, io, requests } = await runAgainst(put, argv, { input: `${VALUE}\n` });
    expect([code, io.out()]).toEqual([0, "Set API_KEY, version 2.\n"]);
    expect(requests[0]?.path).toBe("/v1/secrets/API_KEY?agent=coder");
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ value: VALUE, hosts: ["api.test"] });
    expect(io.out() + io.err()).not.toContain(VALUE);
  });

  test("set asks a person without echo, and takes back what they delete", async () => {
    const { io, requests } = await runAgainst(put, ["secrets", "set", "API_KEY"], {
      tty: true,
      input: `${VALUE}xy\u007f\u007f\r`,
    });
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ value: VALUE });
    expect(io.echo).toEqual([false, true]);
    expect(io.out() + io.err()).not.toContain("sk-");
  });

  test("set changes nothing when the person gives up, and shows typing again", async () => {
    const { code, io, requests } = await runAgainst(put, ["secrets", "set", "API_KEY"], {
      tty: true,
      input: "sk-\u0003",
    });
    expect([code === 0, requests, io.echo]).toEqual([false, [], [false, true]]);
  });

  test("set refuses a value that could not be scrubbed or sent, without saying it", async () => {
    for (const input of ["qwz12\n", "two\nlines of it\n"]) {
      const argv = ["secrets", "set", "API_KEY", "--value-file", "-"];
      const { code, io, requests } = await runAgainst(put, argv, { input });
      expect([code, requests]).toEqual([2, []]);
      expect(io.err()).not.toContain(input.trim());
    }
    const script = await runAgainst(put, ["secrets", "set", "API_KEY"], { input: VALUE });
    expect([script.code, script.io.err()]).toEqual([2, expect.stringContaining("--value-file -")]);
  });

  test("remove asks first", async () => {
    const routes = { "DELETE /v1/secrets/API_KEY": { status: 204 } } as const;
    const { code, io, requests } = await runAgainst(routes, ["secrets", "remove", "API_KEY", "--agent", "a", "--json"]);
    expect([code, io.document()]).toEqual([0, { secret: "API_KEY", agent: "a", removed: true }]);
    expect(requests[0]?.path).toBe("/v1/secrets/API_KEY?agent=a");
    const refused = await runAgainst(routes, ["secrets", "remove", "API_KEY"], { tty: true, input: "n\n" });
    expect([refused.code === 0, refused.requests]).toEqual([false, []]);
  });
});
