import type { GrantScope } from "@berth/store";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { GrantOperation, IssuedGrant } from "./grants.ts";
import { ORG, PEER, openGrants, principalOf, reasonOf } from "./grants.fixture.ts";
import type { GrantsHouse } from "./grants.fixture.ts";

let house: GrantsHouse;
beforeEach(async () => {
  house = await openGrants();
});
afterEach(() => house[Symbol.dispose]());

const check = async (token: string, operation: GrantOperation, peer = PEER): Promise<string> =>
  await reasonOf(house.grants.check(token, peer, operation));
const verify = async (token: string, peer = PEER): Promise<string> => await reasonOf(house.grants.verify(token, peer));
const MINUTE = 60_000;

describe("a grant", () => {
  let issued: IssuedGrant;
  beforeEach(async () => {
    issued = await house.grants.mint(house.newGrant());
  });

  it("lives for 15 minutes at most and says whose run it is", async () => {
    expect(issued.token).toMatch(/^acg1_[A-Za-z0-9_-]+$/);
    expect(issued.token.length).toBeLessThan(1_000);
    const { record } = issued;
    const held = await house.grants.verify(issued.token, PEER);
    expect(held).toEqual({ ...record, caveats: expect.any(Array) });
    expect(Date.parse(record.expiresAt) - Date.parse(record.issuedAt)).toBeLessThanOrEqual(15 * MINUTE);
    house.pass(15 * MINUTE - 251);
    expect(await verify(issued.token)).toBe("ok");
    house.pass(1);
    expect(await verify(issued.token)).toBe("GRANT_EXPIRED");
  });

  it("ends with the run when that is sooner, and is not made for one that is over", async () => {
    const { record, token } = await house.grants.mint(house.newGrant({ runDeadline: "2026-11-29T10:01:00.900Z" }));
    expect(record.expiresAt).toBe("2026-11-29T10:01:00.000Z");
    house.pass(MINUTE);
    expect(await verify(token)).toBe("GRANT_EXPIRED");
    expect(await reasonOf(house.grants.current(token, PEER))).toBe("GRANT_EXPIRED");
    expect(await reasonOf(house.grants.mint(house.newGrant({ runDeadline: record.expiresAt })))).toBe("GRANT_EXPIRED");
  });

  it.each<[GrantOperation, string]>([
    [{ op: "read", path: "data/a.csv" }, "ok"],
    [{ op: "list", path: "data/a.csv" }, "ok"],
    [{ op: "list", path: "data/" }, "ok"],
    [{ op: "list", path: "" }, "ok"],
    [{ op: "write", path: "outputs/task_1/x", bytes: 5 }, "ok"],
    [{ op: "delete", path: "outputs/task_1/x" }, "ok"],
    [{ op: "read", path: "other/a.csv" }, "GRANT_EXCEEDED"],
    [{ op: "read", path: "outputs/task_1/x" }, "GRANT_EXCEEDED"],
    [{ op: "list", path: "other/" }, "GRANT_EXCEEDED"],
    [{ op: "write", path: "data/a.csv" }, "GRANT_EXCEEDED"],
    [{ op: "write", path: "outputs/task_10/x" }, "GRANT_EXCEEDED"],
    [{ op: "delete", path: "outputs/task_1" }, "GRANT_EXCEEDED"],
    [{ op: "read", path: "data/../secret" }, "PATH_INVALID"],
    [{ op: "read", path: "data/" }, "PATH_INVALID"],
    [{ op: "read", path: "" }, "PATH_INVALID"],
    [{ op: "list", path: "../" }, "PATH_INVALID"],
    [{ op: "write", path: "outputs/task_1/../../data/x" }, "PATH_INVALID"],
    [{ op: "write", path: "outputs/task_1/a\u202eb" }, "PATH_INVALID"],
  ])("answers %j with %s", async (operation, answer) => {
    expect(await check(issued.token, operation)).toBe(answer);
    expect(house.grants.allows(issued.record, operation)).toBe(answer === "ok");
  });

  it("with an empty scope allows nothing", async () => {
    const { token } = await house.grants.mint(house.newGrant({ scope: { read: [] } }));
    for (const op of ["list", "read", "write", "delete"] as const) {
      expect(await check(token, { op, path: "data/a" })).toBe("GRANT_EXCEEDED");
    }
    expect(await check(token, { op: "list", path: "" })).toBe("GRANT_EXCEEDED");
  });

  it("counts what its run writes, in bytes and in files", async () => {
    const scope = { read: [], write: "o/", maxBytes: 10, maxFiles: 2 };
    const { token, record } = await house.grants.mint(house.newGrant({ scope }));
    expect(await check(token, { op: "write", path: "o/a", bytes: 4 })).toBe("ok");
    expect(await check(token, { op: "write", path: "o/a", bytes: 4 })).toBe("ok");
    expect(await check(token, { op: "write", path: "o/b", bytes: 3 })).toBe("GRANT_EXCEEDED");
    expect(await check(token, { op: "write", path: "o/b" })).toBe("GRANT_EXCEEDED");
    expect(await check(token, { op: "write", path: "o/b", bytes: 2 })).toBe("ok");
    expect(await check(token, { op: "write", path: "o/c", bytes: 0 })).toBe("GRANT_EXCEEDED");
    expect(await check(token, { op: "delete", path: "o/c" })).toBe("ok");
    expect(house.grants.allows(record, { op: "write", path: "o/c", bytes: 0 })).toBe(false);
    const rotated = await house.grants.rotate(record, { scope: { ...scope, maxFiles: 3 }, approvalId: "apr_1" });
    expect(await check(rotated.token, { op: "write", path: "o/c", bytes: 1 })).toBe("GRANT_EXCEEDED");
    expect(await check(rotated.token, { op: "write", path: "o/c", bytes: 0 })).toBe("ok");
  });

  it.each([
    { read: ["../x"] },
    { read: ["a**"] },
    { read: [], write: "outputs" },
    { read: [], write: "../" },
    { read: [], maxBytes: -1 },
    { read: [], maxFiles: 1.5 },
    { read: [], maxCost: "1e3" },
    { read: Array.from({ length: 10 }, (_, i) => `${i}/${"日".repeat(80)}/${"日".repeat(80)}`) },
  ])("is not minted with the scope %j", async (scope) => {
    expect(["INVALID_PARAMS", "PATH_INVALID"]).toContain(await reasonOf(house.grants.mint(house.newGrant({ scope }))));
  });
});

describe("the current grant", () => {
  it("is the same while it is good for long enough, then a renewed one in its place", async () => {
    const first = await house.grants.mint(house.newGrant());
    expect(await house.grants.current(first.token, PEER)).toEqual(first);
    house.pass(11 * MINUTE);
    const second = await house.grants.current(first.token, PEER);
    expect(second).toMatchObject({
      renewed: true,
      record: { priorId: first.record.grantId, scope: first.record.scope },
    });
    expect(await verify(first.token)).toBe("GRANT_REVOKED");
    expect(await verify(second.token)).toBe("ok");
    const again = await house.grants.current(first.token, PEER);
    expect(again).toMatchObject({ record: { grantId: second.record.grantId } });
    expect(again.renewed).toBeUndefined();
    expect(await verify(again.token)).toBe("ok");
  });

  it("may be asked for with one that has expired, until the run's time is over", async () => {
    const first = await house.grants.mint(house.newGrant());
    house.pass(50 * MINUTE);
    const late = await house.grants.current(first.token, PEER);
    expect(late.record.expiresAt).toBe("2026-11-29T11:00:00.000Z");
    // Nothing later can be had: no renewal, however often one asks.
    house.pass(5 * MINUTE);
    expect((await house.grants.current(late.token, PEER)).record).toEqual(late.record);
    house.pass(5 * MINUTE);
    expect(await reasonOf(house.grants.current(late.token, PEER))).toBe("GRANT_EXPIRED");
  });

  it("is one, however many ask at once and wherever", async () => {
    const { token } = await house.grants.mint(house.newGrant());
    house.pass(11 * MINUTE);
    const nodes = [house.grants, house.another(), house.another()];
    const renewed = await Promise.all(nodes.map(async (node) => await node.current(token, PEER)));
    expect(new Set(renewed.map(({ record }) => record.grantId)).size).toBe(1);
  });

  it("after an approval is the wider one; the prior one no longer holds", async () => {
    const first = await house.grants.mint(house.newGrant());
    const scope = { ...first.record.scope, read: ["data/**", "extra/x.csv"] };
    const wider = await house.grants.rotate(first.record, { scope, approvalId: "apr_1" });
    expect(wider.record).toMatchObject({ priorId: first.record.grantId, approvalId: "apr_1" });
    expect(await check(first.token, { op: "read", path: "data/a" })).toBe("GRANT_REVOKED");
    const { token, record } = await house.grants.current(first.token, PEER);
    expect(record.grantId).toBe(wider.record.grantId);
    expect(await check(token, { op: "read", path: "extra/x.csv" })).toBe("ok");
    expect((await house.grants.identify(first.token, PEER)).grantId).toBe(first.record.grantId);
  });

  it("falls back at its renewal when the approval was not for the rest of the run", async () => {
    const { record } = await house.grants.mint(house.newGrant());
    const wider = await house.grants.rotate(record, {
      scope: { read: ["**"] },
      approvalId: "apr_1",
      renewAs: record.scope,
    });
    house.pass(11 * MINUTE);
    const renewed = (await house.grants.current(wider.token, PEER)).record;
    expect(renewed.scope).toEqual(record.scope);
    expect([renewed.approvalId, renewed.renewAs]).toEqual([undefined, undefined]);
  });

  it("is widened where it stands, when it was renewed while the approval was pending", async () => {
    const first = await house.grants.mint(house.newGrant());
    house.pass(11 * MINUTE);
    const renewed = await house.grants.current(first.token, PEER);
    const wider = await house.grants.rotate(first.record, { scope: { read: ["**"] }, approvalId: "apr_1" });
    expect(wider.record.priorId).toBe(renewed.record.grantId);
    expect(await verify(renewed.token)).toBe("GRANT_REVOKED");
  });
});

describe("a grant that is handed on", () => {
  const CALLEE = { orgId: ORG, agentId: "agt_2" };
  let parent: IssuedGrant;
  beforeEach(async () => {
    const scope = { read: ["data/**"], write: "outputs/task_1/", maxBytes: 100, maxCost: "1.50", maxCalls: 3 };
    parent = await house.grants.mint(house.newGrant({ scope }));
  });
  const hand = async (scope: Partial<GrantScope>): Promise<IssuedGrant> =>
    await house.grants.attenuate(
      parent.record,
      house.newGrant({ runId: "task_2", agentId: "agt_2", scope: { read: [], ...scope } }),
    );

  it("is narrower, for its new holder only, and bound by its parent's limits", async () => {
    const child = await hand({ read: ["data/2026/*.csv"], write: "outputs/task_1/part/", maxCost: "1.5", maxCalls: 1 });
    expect(child.record).toMatchObject({
      parentId: parent.record.grantId,
      scope: { maxBytes: 100, maxCost: "1.5", maxCalls: 1 },
    });
    expect(await check(child.token, { op: "read", path: "data/2026/a.csv" }, CALLEE)).toBe("ok");
    expect(await check(child.token, { op: "read", path: "data/2025/a.csv" }, CALLEE)).toBe("GRANT_EXCEEDED");
    expect(await check(child.token, { op: "read", path: "data/2026/a.csv" })).toBe("GRANT_INVALID");
  });

  it.each([
    { read: ["**"] },
    { read: ["data/*", "x"] },
    { write: "outputs/" },
    { write: "outputs/task_10/" },
    { maxBytes: 101 },
    { maxCost: "1.500000001" },
    { maxCalls: 4 },
  ])("is refused when it is more than its parent: %j", async (scope) => {
    expect(await reasonOf(hand(scope))).toBe("GRANT_EXCEEDED");
  });

  it("has no write where its parent has none", async () => {
    parent = await house.grants.mint(house.newGrant({ scope: { read: ["**"] } }));
    expect(await reasonOf(hand({ write: "a/" }))).toBe("GRANT_EXCEEDED");
  });

  it("ends when its parent's run ends, also after both were renewed", async () => {
    const child = await hand({ read: ["data/*"] });
    house.pass(11 * MINUTE);
    await house.grants.current(parent.token, PEER);
    const renewed = await house.grants.current(child.token, CALLEE);
    expect(await verify(renewed.token, CALLEE)).toBe("ok");
    await house.grants.endRun(ORG, "task_1");
    expect(await verify(renewed.token, CALLEE)).toBe("GRANT_REVOKED");
    expect(await reasonOf(house.grants.current(renewed.token, CALLEE))).toBe("GRANT_REVOKED");
    expect(await reasonOf(hand({ read: ["data/*"] }))).toBe("GRANT_REVOKED");
  });
});

describe("revoking a grant", () => {
  it("is seen at once here, within a second elsewhere, and cannot be undone by a renewal", async () => {
    const { record, token } = await house.grants.mint(house.newGrant());
    const other = house.another();
    expect(await verify(token)).toBe("ok");
    await other.verify(token, PEER);
    await house.grants.revoke(principalOf(["operate"]), record.grantId);
    expect(await verify(token)).toBe("GRANT_REVOKED");
    house.pass(1_000);
    expect(await reasonOf(other.verify(token, PEER))).toBe("GRANT_REVOKED");
    expect(await reasonOf(other.current(token, PEER))).toBe("GRANT_REVOKED");
    expect(await reasonOf(other.rotate(record, { scope: { read: [] }, approvalId: "a" }))).toBe("GRANT_REVOKED");
    expect(await house.store.audit.list(ORG, 10)).toMatchObject([{ action: "grant.revoke", resource: record.grantId }]);
  });

  it("reaches the one that has taken its place", async () => {
    const first = await house.grants.mint(house.newGrant());
    const second = await house.grants.rotate(first.record, { scope: { read: ["**"] }, approvalId: "apr_1" });
    expect(await verify(second.token)).toBe("ok");
    await house.grants.revoke(principalOf(["operate"]), first.record.grantId);
    expect(await verify(second.token)).toBe("GRANT_REVOKED");
  });

  it("needs the right, and looks the same for a foreign grant and none", async () => {
    const { record, token } = await house.grants.mint(house.newGrant());
    const revoke = async (...principal: Parameters<typeof principalOf>): Promise<string> =>
      await reasonOf(house.grants.revoke(principalOf(...principal), record.grantId));
    expect(await revoke(["read", "audit", "invoke", "deploy"])).toBe("PERMISSION_DENIED");
    expect(await revoke(["owner"], "org_2")).toBe("GRANT_NOT_FOUND");
    expect(await reasonOf(house.grants.revoke(principalOf(["operate"]), "gr_none"))).toBe("GRANT_NOT_FOUND");
    expect(await verify(token)).toBe("ok");
  });
});

describe("the list of grants", () => {
  it("shows an organization's own, of a run or by whether they hold", async () => {
    const first = await house.grants.mint(house.newGrant());
    house.pass(11 * MINUTE);
    const second = await house.grants.current(first.token, PEER);
    const third = await house.grants.mint(house.newGrant({ runId: "task_2" }));
    await house.grants.mint(house.newGrant({ orgId: "org_2" }));
    const list = async (filter: { runId?: string; valid?: boolean }): Promise<readonly string[]> =>
      (await house.grants.list(principalOf(["audit"]), filter)).map(({ grantId }) => grantId);
    const [a, b, c] = [first, second, third].map(({ record }) => record.grantId);
    expect(new Set(await list({}))).toEqual(new Set([a, b, c]));
    expect(await list({ runId: "task_1" })).toEqual([a, b]);
    expect(await list({ runId: "task_1", valid: true })).toEqual([b]);
    expect(await list({ valid: false })).toEqual([a]);
    expect(new Set(await list({ valid: true }))).toEqual(new Set([b, c]));
    expect(await reasonOf(house.grants.list(principalOf(["invoke"]), {}))).toBe("PERMISSION_DENIED");
  });
});
