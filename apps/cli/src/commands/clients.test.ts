import { expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const CLIENT = {
  id: "cli_1",
  name: "Nightly",
  redirectUris: [],
  scopes: ["agents:invoke"],
  kind: "confidential",
  role: "invoker",
  createdAt: "2026-11-29T10:00:00.000Z",
};

test("clients add prints the secret alone, so that a shell can keep it", async () => {
  const routes = { "POST /v1/clients": { status: 201, json: { ...CLIENT, secret: "s3cret" } } };
  const { code, io, requests } = await runAgainst(routes, ["clients", "add", "Nightly", "--role", "invoker"]);
  expect([code, io.out()]).toEqual([0, "s3cret\n"]);
  expect(JSON.parse(requests[0]?.body ?? "")).toEqual({ name: "Nightly", role: "invoker" });
  expect(io.err()).toContain("cannot be shown again");
});

test("clients add refuses a role that there is not, before anything is asked", async () => {
  const { code, requests } = await runAgainst({}, ["clients", "add", "x", "--role", "king"]);
  expect([code, requests.length]).toEqual([2, 0]);
});

test("clients list shows what each may, and remove asks first", async () => {
  const { io } = await runAgainst({ "GET /v1/clients": { json: { clients: [CLIENT] } } }, ["clients", "list"]);
  expect(io.out()).toMatch(/cli_1 +Nightly +confidential +agents:invoke +invoker/);
  const removed = await runAgainst({ "DELETE /v1/clients/cli_1": { status: 204 } }, [
    "clients",
    "remove",
    "cli_1",
    "--yes",
  ]);
  expect(removed.code).toBe(0);
});
