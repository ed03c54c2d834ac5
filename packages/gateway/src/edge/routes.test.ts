import { expect, test } from "vitest";
import { assertPolicies } from "./routes.ts";
import type { Route } from "./routes.ts";

test("a route without a policy does not start", () => {
  const route: Route = { method: "GET", path: "/x", policy: "none", summary: "x" };
  expect(() => assertPolicies([route])).not.toThrow();
  for (const policy of [undefined, null, "", "public", [], {}]) {
    // What the types forbid, planted.
    const planted = { ...route, policy } as unknown as Route;
    expect(() => assertPolicies([route, planted]), JSON.stringify(policy)).toThrow("GET /x has no policy");
  }
});
