import { describe, expect, test } from "vitest";
import { runAgainst } from "../testing/run.ts";

const grant = {
  id: "gr_1",
  run: "task_1",
  agentId: "agt_1",
  scope: { read: ["data/**", "x.csv"], write: "outputs/task_1/" },
  issuedAt: "2026-11-29T10:00:00.000Z",
  expiresAt: "2026-11-29T10:15:00.000Z",
  revokedAt: null,
  valid: true,
};

describe("grants", () => {
  test("shows those that hold, or all of a run", async () => {
    const routes = { "GET /v1/grants": { json: { grants: [grant] } } };
    const { io, requests } = await runAgainst(routes, ["grants"]);
    expect(requests[0]?.path).toBe("/v1/grants?valid=true");
    expect(io.out()).toMatch(/gr_1 +task_1 +data\/\*\*, x\.csv +outputs\/task_1\/ +2026-11-29T10:15:00\.000Z/);
    expect((await runAgainst(routes, ["grants", "--json"])).io.document()).toEqual({ grants: [grant] });
    const ended = { ...grant, revokedAt: "2026-11-29T10:01:00.000Z", valid: false };
    const ofRun = { "GET /v1/grants": { json: { grants: [ended] } } };
    const all = await runAgainst(ofRun, ["grants", "--run", "task_1"]);
    expect(all.io.out()).toContain("revoked 2026-11-29T10:01");
    expect(all.requests[0]?.path).toBe("/v1/grants?run=task_1");
    const none = await runAgainst({ "GET /v1/grants": { json: { grants: [] } } }, ["grants"]);
    expect(none.io.out()).toBe("No grants.\n");
  });

  test("revoke asks first", async () => {
    const routes = { "DELETE /v1/grants/gr_1": { status: 204 } } as const;
    const { code, io } = await runAgainst(routes, ["grants", "revoke", "gr_1", "--json"]);
    expect([code, io.document()]).toEqual([0, { grant: "gr_1", revoked: true }]);
    const refused = await runAgainst(routes, ["grants", "revoke", "gr_1"], { tty: true, input: "n\n" });
    expect([refused.code === 0, refused.requests]).toEqual([false, []]);
  });
});
