import { expect, test } from "vitest";
import type { FakeRoutes } from "../testing/fake-platform.ts";
import { runAgainst } from "../testing/run.ts";

const agent = (more: object): FakeRoutes => ({ "GET /v1/agents/desk": { json: { name: "desk", ...more } } });

test("open shows where the agent's app is, or that it has none", async () => {
  const appUrl = "http://desk.localhost:4100/app/";
  const shown = await runAgainst(agent({ appUrl }), ["open", "desk"]);
  expect([shown.code, shown.io.out().trim()]).toEqual([0, appUrl]);
  const { io } = await runAgainst(agent({ appUrl }), ["open", "desk", "--json"]);
  expect(io.document()).toEqual({ agent: "desk", appUrl });
  const none = await runAgainst(agent({}), ["open", "desk"]);
  expect([none.code, none.io.err()]).toEqual([4, expect.stringContaining('The agent "desk" has no app.')]);
});
