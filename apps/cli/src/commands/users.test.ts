import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const ada = {
  id: "usr_1",
  email: "ada@example.com",
  name: "Ada",
  role: "viewer",
  createdAt: "2026-11-29T10:00:00Z",
  disabledAt: null,
};
const list = { "GET /v1/users": { json: { users: [ada] } } } as const;

describe("users", () => {
  test("lists who is what", async () => {
    expect((await runAgainst(list, ["users"])).io.out()).toMatch(/ada@example\.com +Ada +viewer +active +usr_1/);
    expect((await runAgainst(list, ["users", "--json"])).io.document()).toEqual({ users: [ada] });
  });

  test("add prints the code alone on stdout, so that it can be passed on", async () => {
    const routes = { "POST /v1/users": { status: 201, json: { ...ada, code: "abc" } } };
    const { io, requests } = await runAgainst(routes, ["users", "add", "ada@example.com", "--role", "viewer"]);
    expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ email: "ada@example.com", role: "viewer" });
    expect(io.out()).toBe("abc\n");
    const wrong = await runAgainst(routes, ["users", "add", "a@b.c", "--role", "amdin"]);
    expect([wrong.code, wrong.io.err()]).toEqual([2, expect.stringContaining("Did you mean admin?")]);
  });

  test("finds people by email, in any case, and names the one that was probably meant", async () => {
    const routes = { ...list, "POST /v1/users/usr_1/role": { json: { ...ada, role: "admin" } } };
    const { io } = await runAgainst(routes, ["users", "role", "ADA@example.com", "admin"]);
    expect(io.out()).toBe("ada@example.com is admin.\n");
    const wrong = await runAgainst(routes, ["users", "role", "adda@example.com", "admin"]);
    expect([wrong.code, wrong.io.err()]).toEqual([2, expect.stringContaining("Did you mean ada@example.com?")]);
  });

  test("disable says what became of them, remove asks first", async () => {
    const routes = {
      ...list,
      "POST /v1/users/usr_1/disable": { json: { ...ada, disabledAt: "2026-11-29T11:00:00Z" } },
      "DELETE /v1/users/usr_1": { status: 204 },
    } as const;
    const disabled = await runAgainst(routes, ["users", "disable", "ada@example.com"]);
    expect(disabled.io.out()).toBe("ada@example.com is viewer, disabled.\n");
    const kept = await runAgainst(routes, ["users", "remove", "ada@example.com"], { tty: true, input: "n\n" });
    expect(kept.requests.map(({ method }) => method)).toEqual(["GET"]);
    const removed = await runAgainst(routes, ["users", "remove", "ada@example.com", "--yes", "--json"]);
    expect(removed.io.document()).toEqual({ user: "usr_1", removed: true });
  });
});

test("orgs create prints the first owner's code", async () => {
  const created = { orgId: "org_1", name: "Acme", createdAt: ada.createdAt, owner: { ...ada, code: "abc" } };
  const routes = { "POST /v1/organizations": { status: 201, json: created } };
  const { io, requests } = await runAgainst(routes, ["orgs", "create", "Acme", "--owner", "ada@example.com"]);
  expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ name: "Acme", owner: "ada@example.com" });
  expect(io.out()).toBe("abc\n");
});

test("keys create takes agents and networks", async () => {
  const created = { id: "k", name: "ci", scopes: ["invoke"], key: "berth_sk_x", createdAt: ada.createdAt };
  const routes = { "POST /v1/keys": { status: 201, json: created } };
  const argv = ["keys", "create", "ci", "--agent", "echo,csv", "--cidr", "192.0.2.0/24", "--cidr", "2001:db8::/32"];
  const { requests } = await runAgainst(routes, argv);
  expect(JSON.parse(requests[0]?.body ?? "")).toEqual({
    name: "ci",
    scopes: ["invoke"],
    agents: ["echo", "csv"],
    cidrs: ["192.0.2.0/24", "2001:db8::/32"],
  });
});
