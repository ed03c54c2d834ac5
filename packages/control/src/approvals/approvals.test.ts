import { createPublicKey, verify } from "node:crypto";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SCOPE_REQUEST_METADATA, TaskState } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { ScopeRequest } from "@berth/runtime";
import { createInMemoryStore } from "@berth/store/memory";
import { waitFor } from "@berth/testing";
import { toJwkSet } from "../cards/signing-keys.ts";
import { ORG, admin, alice, bob, openHouse, person, reasonOf } from "../services/services.fixture.ts";
import type { AgentRun, ServicesHouse } from "../services/services.fixture.ts";

let house: ServicesHouse;
let run: AgentRun;
beforeEach(async () => {
  house = await openHouse();
  await house.put("data/a.csv");
  await house.put("private/a.csv", "12345");
  await house.put("private/b.csv", "12345");
  run = await house.start();
});
afterEach(async () => await house[Symbol.asyncDispose]());

const approve = { decision: "approve" } as const;

async function ask(request: Partial<ScopeRequest> = {}, by: AgentRun = run): Promise<string> {
  const wish = { read: ["private/a.csv"], reason: "to compare", ...request };
  return (await house.services.requestScope(by.call(await current(by)), wish)).approvalId;
}

async function current(of: AgentRun = run): Promise<string> {
  return (await house.services.currentGrant(of.call())).grant;
}

async function reads(path: string, grant?: string, of: AgentRun = run): Promise<string> {
  return await reasonOf(house.services.read(of.call(grant), path));
}

async function stateOf(approvalId: string): Promise<string | undefined> {
  return (await house.store.approvals.find(ORG, approvalId))?.state;
}

describe("a request", () => {
  it.each([
    [{ reason: " " }, "INVALID_PARAMS"],
    [{ reason: "x".repeat(2_001) }, "INVALID_PARAMS"],
    [{ read: [] }, "INVALID_PARAMS"],
    [{ read: Array.from({ length: 17 }, (_, i) => `a${i}`) }, "INVALID_PARAMS"],
    [{ read: ["../x"] }, "INVALID_PARAMS"],
    [{ read: Array.from({ length: 16 }, (_, i) => `${i}${"x".repeat(250)}`) }, "INVALID_PARAMS"],
    [{ expiresInSeconds: 1 }, "INVALID_PARAMS"],
    [{ expiresInSeconds: Number.NaN }, "INVALID_PARAMS"],
    [{ expiresInSeconds: 86_401 }, "INVALID_PARAMS"],
    [{ write: "elsewhere/" }, "GRANT_EXCEEDED"],
    [{ write: "../" }, "PATH_INVALID"],
  ])("that nobody could decide on is refused: %j", async (request, reason) => {
    expect(await reasonOf(ask(request))).toBe(reason);
    expect(await house.store.approvals.list(ORG, { limit: 10 })).toEqual([]);
  });

  it("lapses with the run's time at the latest", async () => {
    const [grant] = await house.grants.list(admin, { runId: run.taskId });
    const id = await ask({ expiresInSeconds: 86_400 });
    expect((await house.approvals.show(bob, id)).approval.expiresAt).toBe(grant?.runDeadline);
  });

  it("stands beside seven others of its run, also when all come at once", async () => {
    const asked = await Promise.all(Array.from({ length: 20 }, async () => await reasonOf(ask())));
    expect(asked.filter((reason) => reason === "ok")).toHaveLength(8);
    expect(new Set(asked)).toEqual(new Set(["ok", "RATE_LIMITED"]));
  });

  it("shows what its globs match now, and is there for its organization only", async () => {
    const id = await ask({ read: ["private/*"] });
    const { matches, objection } = await house.approvals.show(bob, id);
    expect(matches).toMatchObject({ bytes: 10, more: false });
    expect(matches.files.map(({ path }) => path)).toEqual(["private/a.csv", "private/b.csv"]);
    expect(objection).toBeUndefined();
    await house.put("private/c.csv", "1");
    expect((await house.approvals.show(bob, id)).matches.bytes).toBe(11);
    const stranger = { ...bob, orgId: "org_other" };
    expect(await reasonOf(house.approvals.show(stranger, id))).toBe("APPROVAL_NOT_FOUND");
    expect(await reasonOf(house.approvals.decide(stranger, id, approve))).toBe("APPROVAL_NOT_FOUND");
  });

  it("is nothing for a key of some agents only: what it gives away is everybody's", async () => {
    const id = await ask();
    for (const agents of [["alpha"], ["beta"]]) {
      const narrow = { ...bob, agents };
      expect(await reasonOf(house.approvals.list(narrow, {}))).toBe("PERMISSION_DENIED");
      expect(await reasonOf(house.approvals.show(narrow, id))).toBe("PERMISSION_DENIED");
      expect(await reasonOf(house.approvals.decide(narrow, id, approve))).toBe("PERMISSION_DENIED");
    }
  });

  it("is nobody else's to wait for: another run's looks like none", async () => {
    const id = await ask();
    const other = await house.start({ agent: "beta" });
    for (const asked of [id, "apr_none"]) {
      const waiting = house.services.approval(other.call(), asked, 0);
      await expect(waiting).rejects.toMatchObject({
        reason: "APPROVAL_NOT_FOUND",
        message: "There is no request with this id.",
      });
    }
  });
});

describe("who approves", () => {
  const keyOfAlice: Principal = { ...person("key_a", "invoke", "approve"), createdBy: alice.id };
  const otherKeyOfAlice: Principal = { ...person("key_b", "approve"), createdBy: alice.id };

  it.each([
    ["the caller", alice, alice],
    ["a key that the caller has made", alice, keyOfAlice],
    ["the person whose key made the call", keyOfAlice, alice],
    ["another key of that person", keyOfAlice, otherKeyOfAlice],
    ["an agent that acts for somebody", alice, { ...bob, actors: ["spiffe://localhost/org/o/agent/alpha"] }],
    ["somebody without the right", alice, person("usr_carol", "read", "operate")],
  ])("is not %s", async (_who, caller, approver) => {
    const own = await house.start({ by: caller });
    const id = await ask({}, own);
    expect(await reasonOf(house.approvals.decide(approver, id, approve))).toBe("PERMISSION_DENIED");
    expect(await stateOf(id)).toBe("pending");
    expect(await reads("private/a.csv", undefined, own)).toBe("GRANT_EXCEEDED");
  });

  it("is not somebody who sent the run a message, before the request or after it", async () => {
    const id = await ask();
    const dave = person("usr_dave", "admin");
    const message = { messageId: "m-2", taskId: run.taskId, role: "ROLE_USER" as const, parts: [{ text: "me too" }] };
    run.say((agent) => agent.status(TaskState.InputRequired, "more?"));
    await waitFor("the question", async () => (await run.view()).task.status.state === TaskState.InputRequired);
    await house.engine.accept({ principal: dave, protocol: "a2a" }, "alpha", { message });
    await waitFor("the turn", () => house.connector.turns.length === 2);
    for (const caller of [alice, dave]) {
      expect(await reasonOf(house.approvals.decide(caller, id, approve))).toBe("PERMISSION_DENIED");
    }
    expect((await house.approvals.show(dave, id)).objection).toContain("may not approve");
    expect(await reasonOf(house.approvals.decide(bob, id, approve))).toBe("ok");
    // The grant of the second turn is the one that was widened.
    expect(await reads("private/a.csv", await current())).toBe("ok");
  });

  it("is written down, and so is who was refused", async () => {
    const id = await ask();
    await reasonOf(house.approvals.decide(alice, id, approve));
    await house.approvals.decide(bob, id, approve);
    const entries = (await house.store.audit.list(ORG, 10)).filter(({ resource }) => resource === id);
    expect(entries.map(({ actor, action, outcome }) => [actor, action, outcome]).toReversed()).toEqual([
      ["agt_alpha", "approval.request", "ok"],
      ["usr_alice", "approval.approve", "denied"],
      ["usr_bob", "approval.approve", "ok"],
    ]);
  });
});

describe("an approval", () => {
  it("makes a wider grant in the place of the present one, and both stand in the log", async () => {
    const id = await ask();
    const waiting = house.services.approval(run.call(), id, 5_000);
    await house.approvals.decide(bob, id, { ...approve, note: "fine" });
    const { state, grant, note } = await waiting;
    expect({ state, note }).toEqual({ state: "approved", note: "fine" });
    expect(await reads("private/a.csv", grant)).toBe("ok");
    expect(await reads("private/b.csv", grant)).toBe("GRANT_EXCEEDED");
    expect(await reads("private/a.csv")).toBe("GRANT_REVOKED");
    const [minted, rotated] = await run.log("grant");
    expect(rotated).toMatchObject({ phase: "rotated", priorId: minted?.grantId, approvalId: id, approvedBy: bob.id });
    expect((await run.log("scope_request")).map(({ phase }) => phase)).toEqual(["requested", "approved"]);
  });

  it("may be narrower than what was asked for, and not wider", async () => {
    const id = await ask({ read: ["private/*", "more/*"] });
    for (const read of [["**"], ["private/**"], ["data/a.csv"], ["private/a.csv", "x"]]) {
      expect(await reasonOf(house.approvals.decide(bob, id, { ...approve, read }))).toBe("GRANT_EXCEEDED");
    }
    expect(await reasonOf(house.approvals.decide(bob, id, { ...approve, read: [] }))).toBe("INVALID_PARAMS");
    expect(await stateOf(id)).toBe("pending");
    await house.approvals.decide(bob, id, { ...approve, read: ["private/a.csv"] });
    expect(await reads("private/a.csv", await current())).toBe("ok");
    expect(await reads("private/b.csv", await current())).toBe("GRANT_EXCEEDED");
  });

  it("for once ends with the grant's next renewal, and one for the task does not", async () => {
    await house.approvals.decide(bob, await ask(), { ...approve, extent: "once" });
    await house.approvals.decide(bob, await ask({ read: ["private/b.csv"] }), { ...approve, extent: "task" });
    expect(await reads("private/a.csv", await current())).toBe("ok");
    house.pass(14 * 60_000);
    const renewed = await current();
    expect(await reads("private/a.csv", renewed)).toBe("GRANT_EXCEEDED");
    expect(await reads("private/b.csv", renewed)).toBe("ok");
  });

  it("stays when another one comes at the same moment", async () => {
    const [a, b] = await Promise.all([ask(), ask({ read: ["private/b.csv"] })]);
    await Promise.all([house.approvals.decide(bob, a, approve), house.approvals.decide(admin, b, approve)]);
    const grant = await current();
    expect([await reads("private/a.csv", grant), await reads("private/b.csv", grant)]).toEqual(["ok", "ok"]);
  });

  it("is given once, whoever is first", async () => {
    const id = await ask();
    const raced = await Promise.all(
      [approve, { decision: "deny" } as const, approve].map(
        async (decision) => await reasonOf(house.approvals.decide(bob, id, decision)),
      ),
    );
    expect(raced.toSorted()).toEqual(["APPROVAL_DECIDED", "APPROVAL_DECIDED", "ok"]);
    expect(await reasonOf(house.approvals.decide(bob, id, approve))).toBe("APPROVAL_DECIDED");
    expect(await house.store.grants.ofRun(ORG, run.taskId)).toHaveLength((await stateOf(id)) === "approved" ? 2 : 1);
  });

  it("does not give back what somebody has revoked", async () => {
    const id = await ask();
    const grantId = firstId(await house.grants.list(admin, { runId: run.taskId }));
    await house.grants.revoke(admin, grantId);
    expect(await reasonOf(house.approvals.decide(bob, id, approve))).toBe("GRANT_REVOKED");
    expect(await stateOf(id)).toBe("canceled");
    expect(await reasonOf(house.services.currentGrant(run.call()))).toBe("GRANT_REVOKED");
  });

  it("of a place to write is for a run that has none", async () => {
    const mute = await house.start({ agent: "mute" });
    const ids = await Promise.all([ask({ write: "reports/" }, mute), ask({ write: "other/" }, mute)]);
    await house.approvals.decide(bob, ids[0], approve);
    expect(await reasonOf(house.approvals.decide(bob, ids[1], approve))).toBe("GRANT_EXCEEDED");
    const write = async (path: string): Promise<string> =>
      await reasonOf(house.services.write(mute.call(await current(mute)), { path, content: Buffer.from("x") }));
    expect(await write("reports/x")).toBe("ok");
    expect(await write("other/x")).toBe("GRANT_EXCEEDED");
  });

  it("is told to whoever began to wait before it, and after it", async () => {
    const id = await ask();
    const waiting = house.services.approval(run.call(), id, 10_000);
    await house.approvals.decide(bob, id, { decision: "deny", note: "no" });
    expect(await waiting).toEqual({ state: "denied", note: "no" });
    expect(await house.services.approval(run.call(), id, 10_000)).toEqual({ state: "denied", note: "no" });
  });

  it("has a note of bounded length, also when it is none", async () => {
    const id = await ask();
    const note = "x".repeat(2_001);
    for (const decision of ["approve", "deny"] as const) {
      expect(await reasonOf(house.approvals.decide(bob, id, { decision, note }))).toBe("INVALID_PARAMS");
    }
  });
});

describe("a request that nobody answers", () => {
  it("lapses, and is too late to approve", async () => {
    const id = await ask({ expiresInSeconds: 60 });
    const waiting = house.services.approval(run.call(), id, 10_000);
    house.pass(61_000);
    expect(await reasonOf(house.approvals.decide(bob, id, approve))).toBe("APPROVAL_EXPIRED");
    expect(await waiting).toEqual({ state: "expired" });
    expect((await run.log("scope_request")).at(-1)).toMatchObject({ phase: "expired" });
  });

  it("lapses without anybody looking", async () => {
    const id = await ask({ expiresInSeconds: 60 });
    house.pass(61_000);
    await waitFor("the sweep", async () => (await stateOf(id)) === "expired");
  });

  it("is withdrawn when its run ends", async () => {
    const id = await ask();
    await run.finish();
    await waitFor("the withdrawal", async () => (await stateOf(id)) === "canceled");
    expect(await reasonOf(house.approvals.decide(bob, id, approve))).toBe("APPROVAL_DECIDED");
  });

  it("is withdrawn when its task is canceled", async () => {
    const id = await ask();
    await house.engine.cancel({ principal: alice, protocol: "a2a" }, run.taskId);
    await waitFor("the withdrawal", async () => (await stateOf(id)) === "canceled");
  });

  it("is withdrawn by the next process, whose runs are others", async () => {
    const store = createInMemoryStore();
    const before = await openHouse({ store });
    const old = await before.start();
    const { approvalId } = await before.services.requestScope(old.call(), { read: ["x"], reason: "r" });
    await using after = await openHouse({ store });
    await after.engine.recover();
    await after.running.recover();
    expect((await store.approvals.find(ORG, approvalId))?.state).toBe("canceled");
    expect((await store.tasks.find(ORG, old.taskId))?.state).toBe(TaskState.Failed);
    const [grant] = await store.grants.ofRun(ORG, old.taskId);
    expect(grant?.revokedAt).toBeDefined();
    await before[Symbol.asyncDispose]();
  });

  it("keeps its task until the turn's time is over, and the task ends with that", async () => {
    await using short = await openHouse({ taskSeconds: 1 });
    const waits = await short.start();
    const { approvalId } = await short.services.requestScope(waits.call(), { read: ["x"], reason: "r" });
    const metadata = { [SCOPE_REQUEST_METADATA]: { approvalId } };
    waits.say((agent) => {
      const frame = agent.status(TaskState.AuthRequired, "wait");
      if (!("statusUpdate" in frame)) return frame;
      const { message } = frame.statusUpdate.status;
      if (message !== undefined) Object.assign(message, { metadata });
      return frame;
    });
    await waitFor("the end", async () => (await waits.view()).task.status.state === TaskState.Failed);
    expect((await waits.view()).task.status.message?.metadata).toEqual({ reason: "TASK_TIMED_OUT" });
    await waitFor("the request's end", async () => {
      const state = (await short.store.approvals.find(ORG, approvalId))?.state;
      return state === "canceled" || state === "expired";
    });
  });
});

describe("a policy", () => {
  const policy = { read: ["private/**"], maxFiles: 2, maxBytes: 10, extent: "task" } as const;
  const settle = async (request: Partial<ScopeRequest>, by?: AgentRun): Promise<string | undefined> =>
    await stateOf(await ask(request, by));

  it("answers what lies within it, in its own name", async () => {
    const { policyId } = await house.approvals.addPolicy(admin, policy);
    const made = await house.services.requestScope(run.call(), { read: ["private/*.csv"], reason: "r" });
    expect(made.state).toBe("approved");
    expect(await reads("private/b.csv", await current())).toBe("ok");
    expect((await run.log("scope_request")).at(-1)).toMatchObject({ phase: "approved", by: policyId });
    expect(await house.store.approvals.find(ORG, made.approvalId)).toMatchObject({ decision: { by: policyId } });
  });

  it("leaves to a person what is wider, bigger, of another agent, or a place to write", async () => {
    await house.approvals.addPolicy(admin, { ...policy, agentName: "alpha" });
    expect(await settle({ read: ["private/a.csv", "other/x"] })).toBe("pending");
    expect(await settle({ read: ["**"] })).toBe("pending");
    expect(await settle({ read: ["private/a.csv"] }, await house.start({ agent: "beta" }))).toBe("pending");
    const mute = await house.start({ agent: "mute" });
    await house.approvals.addPolicy(admin, { ...policy, agentName: "mute" });
    expect(await settle({ read: ["private/a.csv"], write: "private/" }, mute)).toBe("pending");
    expect(await settle({ read: ["private/a.csv"] }, mute)).toBe("approved");
    await house.put("private/c.csv", "");
    expect(await settle({ read: ["private/*"] })).toBe("pending");
    expect(await settle({ read: ["private/a.csv"] })).toBe("approved");
    await house.put("private/a.csv", "12345678901");
    expect(await settle({ read: ["private/a.csv"] })).toBe("pending");
  });

  it("for once gives for a while only", async () => {
    await house.approvals.addPolicy(admin, { ...policy, extent: "once" });
    await ask();
    expect(await reads("private/a.csv", await current())).toBe("ok");
    house.pass(14 * 60_000);
    expect(await reads("private/a.csv", await current())).toBe("GRANT_EXCEEDED");
  });

  it("is made and removed by administrators, and must make sense", async () => {
    expect(await reasonOf(house.approvals.addPolicy(bob, policy))).toBe("PERMISSION_DENIED");
    for (const wrong of [{ read: [] }, { read: ["../"] }, { maxFiles: 0 }, { maxFiles: 1_001 }, { maxBytes: 0.5 }]) {
      expect(await reasonOf(house.approvals.addPolicy(admin, { ...policy, ...wrong }))).toBe("INVALID_PARAMS");
    }
    const { policyId } = await house.approvals.addPolicy(admin, policy);
    expect(await reasonOf(house.approvals.removePolicy(bob, policyId))).toBe("PERMISSION_DENIED");
    await house.approvals.removePolicy(admin, policyId);
    expect(await reasonOf(house.approvals.removePolicy(admin, policyId))).toBe("POLICY_NOT_FOUND");
    expect(await settle({})).toBe("pending");
  });
});

describe("the signature of a decision", () => {
  it("verifies with the published key, and not with any byte changed", async () => {
    const id = await ask({ reason: "ü \u202e\u0007 <b>" });
    const { decision } = await house.approvals.decide(bob, id, approve);
    const jws = decision?.signature ?? "";
    expect(verifies(jws)).toBe(true);
    const [, payload = ""] = jws.split(".");
    expect(JSON.parse(Buffer.from(payload, "base64url").toString())).toMatchObject({
      orgId: ORG,
      approvalId: id,
      taskId: run.taskId,
      requesterId: alice.id,
      asked: { read: ["private/a.csv"], reason: "ü \u202e\u0007 <b>" },
      decision: { by: bob.id, state: "approved", extent: "task", read: ["private/a.csv"] },
    });
    for (let at = 0; at < jws.length; at++) {
      const other = jws[at] === "A" ? "B" : "A";
      expect(verifies(`${jws.slice(0, at)}${other}${jws.slice(at + 1)}`)).toBe(false);
    }
  });

  /** As somebody else would, with nothing but the key set. */
  function verifies(jws: string): boolean {
    const [header = "", payload = "", signature = "", ...more] = jws.split(".");
    if (more.length > 0 || Buffer.from(signature, "base64url").toString("base64url") !== signature) return false;
    try {
      const { kid, alg, typ } = JSON.parse(Buffer.from(header, "base64url").toString());
      const key = toJwkSet(house.keys, new Date()).keys.find((each) => each.kid === kid);
      if (key === undefined || alg !== "EdDSA" || typ !== "berth-approval+jws") return false;
      const publicKey = createPublicKey({ key: { ...key }, format: "jwk" });
      return verify(null, Buffer.from(`${header}.${payload}`), publicKey, Buffer.from(signature, "base64url"));
    } catch {
      return false;
    }
  }
});

function firstId(grants: readonly { readonly grantId: string }[]): string {
  return grants[0]?.grantId ?? "";
}
