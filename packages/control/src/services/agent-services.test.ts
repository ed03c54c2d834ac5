import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { TaskState } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import { addCaveat } from "../grants/grants.fixture.ts";
import { MAX_ACTORS } from "../identity/act-as.ts";
import { ORG, admin, alice, openHouse, person, reasonOf } from "./services.fixture.ts";
import type { ServicesHouse } from "./services.fixture.ts";

let house: ServicesHouse;
beforeEach(async () => {
  house = await openHouse();
  await house.put("data/a.csv", "1234");
  await house.put("data/b.csv");
  await house.put("private/p.csv");
});
afterEach(async () => await house[Symbol.asyncDispose]());

const bytes = (text: string): Uint8Array => Buffer.from(text);
const operator = person("usr_op", "operate", "read");

describe("an operation on files", () => {
  it("is allowed by the grant and stands in the run's log with path, bytes, digest and grant", async () => {
    const run = await house.start();
    const { content } = await house.services.read(run.call(), "data/a.csv");
    expect(Buffer.from(content).toString()).toBe("1234");
    await house.services.write(run.call(), { path: `${run.outputs}r.md`, content: bytes("# r") });
    await house.services.remove(run.call(), `${run.outputs}r.md`);
    const [{ grantId } = {}] = await run.log("grant");
    const digest = expect.stringMatching(/^sha256:[0-9a-f]{64}$/);
    expect(await run.log("file")).toEqual([
      { kind: "file", op: "read", path: "data/a.csv", outcome: "ok", bytes: 4, digest, grantId },
      { kind: "file", op: "write", path: `${run.outputs}r.md`, outcome: "ok", bytes: 3, digest, grantId },
      { kind: "file", op: "delete", path: `${run.outputs}r.md`, outcome: "ok", grantId },
    ]);
  });

  it.each([
    ["read", "private/p.csv", "GRANT_EXCEEDED"],
    ["read", "data/../private/p.csv", "PATH_INVALID"],
    ["write", "data/a.csv", "GRANT_EXCEEDED"],
    ["write", "outputs/task_other/x", "GRANT_EXCEEDED"],
    ["remove", "data/a.csv", "GRANT_EXCEEDED"],
    ["list", "private/", "GRANT_EXCEEDED"],
  ] as const)("to %s %s is refused, and the refusal is written down too", async (op, path, reason) => {
    const run = await house.start();
    const call = run.call();
    const work = {
      read: async () => await house.services.read(call, path),
      write: async () => await house.services.write(call, { path, content: bytes("x") }),
      remove: async () => await house.services.remove(call, path),
      list: async () => await house.services.list(call, { prefix: path }),
    }[op];
    expect(await reasonOf(work())).toBe(reason);
    expect(await run.log("file")).toMatchObject([{ path, outcome: "denied", reason, grantId: expect.any(String) }]);
  });

  it("of an execution that is over changes nothing, and its grant is exchanged for no newer one", async () => {
    const run = await house.start();
    const file = (text: string): { readonly path: string; readonly content: Uint8Array } => ({
      path: `${run.outputs}r.md`,
      content: bytes(text),
    });
    await house.services.write(run.call(), file("first"));
    const { record } = await house.engine.get({ principal: operator, protocol: "a2a" }, run.taskId);
    const [accepted] = await run.log("accepted");
    const { credentials } = await house.running.issueCredentials({
      task: { record, accepted } as never, // what is read of a task
      spec: {} as never, // not read
      principal: alice,
      deadline: new Date(Date.now() + 3_600_000).toISOString(),
      workspace: undefined,
      isExecution: true,
    });
    await house.services.write(run.call(credentials.grant), file("second"));
    expect(await reasonOf(house.services.write(run.call(), file("late")))).toBe("GRANT_REVOKED");
    expect(await reasonOf(house.services.currentGrant(run.call()))).toBe("RUN_SUPERSEDED");
    expect((await house.services.currentGrant(run.call(credentials.grant))).grant).toBe(credentials.grant);
    const { content } = await house.services.read(run.call(credentials.grant), `${run.outputs}r.md`);
    expect(Buffer.from(content).toString()).toBe("second");
  });

  it("that fails for another reason is written down as that", async () => {
    const run = await house.start();
    expect(await reasonOf(house.services.read(run.call(), "data/none.csv"))).toBe("FILE_NOT_FOUND");
    expect(await run.log("file")).toMatchObject([{ outcome: "failed", reason: "FILE_NOT_FOUND" }]);
  });

  it("lists what may be read and nothing else", async () => {
    const run = await house.start();
    const { files } = await house.services.list(run.call(), { prefix: "" });
    expect(files.map(({ path }) => path)).toEqual(["data/a.csv", "data/b.csv"]);
    expect(await run.log("file")).toMatchObject([{ op: "list", outcome: "ok" }]);
  });

  it("has a long path cut in the log, and in no form that the log cannot hold", async () => {
    const run = await house.start();
    expect(await reasonOf(house.services.read(run.call(), `data/${"x".repeat(5_000)}\ud800`))).toBe("PATH_INVALID");
    const [event] = await run.log("file");
    expect(event?.path).toHaveLength(1_024);
  });
});

describe("a grant", () => {
  it("of another agent is worth nothing, leaves no trace in its run and one in the audit log", async () => {
    const run = await house.start();
    const thief = await house.start({ agent: "beta" });
    const stolen = run.call().grant;
    expect(await reasonOf(house.services.read(thief.call(stolen), "data/a.csv"))).toBe("GRANT_INVALID");
    expect(await run.log("file")).toEqual([]);
    const [entry] = await house.store.audit.list(ORG, 1);
    expect(entry).toMatchObject({ action: "grant.use", actor: "agt_beta", outcome: "denied" });
  });

  it.each(["", "acg1_", "acg1_AAAA", "x".repeat(9_000)])("that is forged (%#) is refused", async (forged) => {
    const run = await house.start();
    const reason = forged === "" ? "GRANT_REQUIRED" : "GRANT_INVALID";
    expect(await reasonOf(house.services.read(run.call(forged), "data/a.csv"))).toBe(reason);
    expect(await reasonOf(house.services.callAgent(run.call(forged), callOf("beta")))).toBe(reason);
    expect(await run.log("file")).toEqual([]);
  });

  it("ends with its run", async () => {
    const run = await house.start();
    await house.services.read(run.call(), "data/a.csv");
    await run.finish();
    const refusals = ["GRANT_INVALID", "GRANT_REVOKED"];
    expect(refusals).toContain(await reasonOf(house.services.read(run.call(), "data/a.csv")));
    expect(refusals).toContain(await reasonOf(house.services.currentGrant(run.call())));
    expect(await run.log("file")).toHaveLength(1);
  });

  it("is renewed with an event, and the run is denied nothing meanwhile", async () => {
    const run = await house.start();
    house.pass(16 * 60_000);
    expect(await reasonOf(house.services.read(run.call(), "data/a.csv"))).toBe("GRANT_EXPIRED");
    const { grant } = await house.services.currentGrant(run.call());
    expect(await reasonOf(house.services.read(run.call(grant), "data/a.csv"))).toBe("ok");
    const [minted, renewed] = await run.log("grant");
    expect(renewed).toMatchObject({ phase: "renewed", priorId: minted?.grantId });
    expect(await run.log("file")).toMatchObject([{ outcome: "ok", grantId: renewed?.grantId }]);
    house.pass(60 * 60_000);
    expect(await reasonOf(house.services.read(run.call(grant), "data/a.csv"))).toBe("GRANT_EXPIRED");
    expect((await run.log("file")).at(-1)).toMatchObject({ outcome: "denied", reason: "GRANT_EXPIRED" });
  });

  it("that somebody revoked stays revoked: for reads, which are denied in the log, and for the next turn", async () => {
    const run = await house.start();
    const grantId = firstId(await house.grants.list(operator, { runId: run.taskId }));
    await house.grants.revoke(operator, grantId);
    expect(await reasonOf(house.services.read(run.call(), "data/a.csv"))).toBe("GRANT_REVOKED");
    expect(await run.log("file")).toMatchObject([{ outcome: "denied", reason: "GRANT_REVOKED" }]);
    run.say((agent) => agent.status(TaskState.InputRequired, "more?"));
    await waitFor("the question", async () => (await run.view()).task.status.state === TaskState.InputRequired);
    await answer(run.taskId);
    await waitFor("the end", async () => (await run.view()).task.status.state === TaskState.Failed);
    expect((await run.view()).task.status.message?.metadata).toEqual({ reason: "GRANT_REVOKED" });
  });

  it("is written to the store when it is first shown, and not for a run that asks for nothing", async () => {
    const quiet = await house.start();
    expect(await house.store.grants.ofRun(ORG, quiet.taskId)).toEqual([]);
    expect(await house.grants.list(operator, { runId: quiet.taskId })).toHaveLength(1);
    await quiet.finish();
    expect(await house.grants.list(operator, { runId: quiet.taskId })).toEqual([]);
    expect(await quiet.log("grant")).toMatchObject([{ phase: "minted", write: quiet.outputs }]);
    const run = await house.start();
    await Promise.all([1, 2, 3].map(async () => await house.services.read(run.call(), "data/a.csv")));
    expect(await house.store.grants.ofRun(ORG, run.taskId)).toHaveLength(1);
  });

  it("goes on over the turns of a run: the next turn's takes the place of the one before", async () => {
    const run = await house.start();
    await house.services.read(run.call(), "data/a.csv");
    run.say((agent) => agent.status(TaskState.InputRequired, "more?"));
    await waitFor("the question", async () => (await run.view()).task.status.state === TaskState.InputRequired);
    await answer(run.taskId);
    await waitFor("the second turn", () => house.connector.turns.length === 2);
    const [first, second] = await house.store.grants.ofRun(ORG, run.taskId);
    expect(second).toMatchObject({ priorId: first?.grantId });
    expect(first?.revokedAt).toBeDefined();
    const { grant } = await house.services.currentGrant(run.call());
    expect(await reasonOf(house.services.read(run.call(grant), "data/a.csv"))).toBe("ok");
    expect(await run.log("grant")).toMatchObject([{ phase: "minted" }, { phase: "renewed" }]);
  });
});

const callOf = (agent: string, more: object = {}) => ({ agent, skill: "echo", input: {}, ...more });

async function answer(taskId: string): Promise<void> {
  const message = { messageId: `again-${taskId}`, taskId, role: "ROLE_USER" as const, parts: [{ text: "yes" }] };
  await house.engine.accept({ principal: alice, protocol: "a2a" }, "alpha", { message });
}

/** Starts a call and gives the run it made. */
async function callAgent(...[caller, request, signal]: readonly [Parameters<typeof callBy>[0], object, AbortSignal?]) {
  const before = house.connector.turns.length;
  const result = callBy(caller, request, signal);
  result.catch(() => undefined);
  const turn = await waitFor("the call", () => house.connector.turns[before]);
  return { result, child: await house.adopt(turn.taskId) };
}

async function callBy(
  caller: Awaited<ReturnType<ServicesHouse["start"]>>,
  request: object,
  signal?: AbortSignal,
): Promise<object> {
  return await house.services.callAgent(caller.call(undefined, signal), callOf("beta", request));
}

describe("a call of another agent", () => {
  it("is made in the caller's name by way of the agent, and stands in the run's log", async () => {
    const run = await house.start();
    const { result, child } = await callAgent(run, {});
    await child.finish();
    expect(await result).toMatchObject({ taskId: child.taskId, state: TaskState.Completed });
    expect(await run.log("call")).toEqual([
      { kind: "call", agentName: "beta", skill: "echo", childTaskId: child.taskId },
    ]);
    const [accepted] = await child.log("accepted");
    expect(accepted).toMatchObject({
      principal: { kind: "user", id: "usr_alice" },
      actors: [`spiffe://localhost/org/${ORG}/agent/alpha`],
      parentTaskId: run.taskId,
    });
  });

  it("hands on what it says of its own grant, and a folder among its own outputs", async () => {
    const run = await house.start();
    const { child } = await callAgent(run, { grant: { read: ["data/a.csv"] } });
    expect(child.outputs).toMatch(new RegExp(`^${run.outputs}calls/task_[0-9a-z]+/$`));
    expect(await reasonOf(house.services.read(child.call(), "data/a.csv"))).toBe("ok");
    expect(await reasonOf(house.services.read(child.call(), "data/b.csv"))).toBe("GRANT_EXCEEDED");
    const mine = { path: `${child.outputs}x`, content: bytes("x") };
    expect(await reasonOf(house.services.write(child.call(), mine))).toBe("ok");
    expect(await reasonOf(house.services.read(child.call(), mine.path))).toBe("ok");
    for (const path of [`${run.outputs}x`, `outputs/${child.taskId}/x`, "data/a.csv"]) {
      expect(await reasonOf(house.services.write(child.call(), { ...mine, path }))).toBe("GRANT_EXCEEDED");
    }
    // The caller finds it among its own.
    expect(await reasonOf(house.services.read(run.call(), mine.path))).toBe("ok");
  });

  it.each([
    [{ read: ["**"] }],
    [{ read: ["private/p.csv"] }],
    [{ write: "outputs/" }],
    [{ write: "data/" }],
    [{ write: "outputs/task_0/" }],
  ])("that hands on more than it has (%j) is refused before anything is started", async (grant) => {
    const run = await house.start();
    expect(await reasonOf(callBy(run, { grant }))).toBe("GRANT_EXCEEDED");
    expect(house.connector.turns).toHaveLength(1);
    expect(await run.log("call")).toEqual([]);
  });

  it("hands on no more than the token in hand says, whatever its record says", async () => {
    const run = await house.start();
    const narrow = addCaveat(run.call().grant, '["read","data/a.csv"]');
    const wide = house.services.callAgent(run.call(narrow), callOf("beta", { grant: { read: ["data/b.csv"] } }));
    expect(await reasonOf(wide)).toBe("GRANT_EXCEEDED");
  });

  it("from an agent that may not write lets nobody write for it", async () => {
    const run = await house.start({ agent: "mute" });
    const { child } = await callAgent(run, { grant: { read: ["data/a.csv"] } });
    expect(child.outputs).toBe("");
    const file = { path: `outputs/${child.taskId}/x`, content: bytes("x") };
    expect(await reasonOf(house.services.write(child.call(), file))).toBe("GRANT_EXCEEDED");
  });

  it("loses what it was handed when its caller's grant is revoked, within a second", async () => {
    const run = await house.start();
    const { child } = await callAgent(run, { grant: { read: ["data/*"] } });
    expect(await reasonOf(house.services.read(child.call(), "data/a.csv"))).toBe("ok");
    const grantId = firstId(await house.grants.list(operator, { runId: run.taskId }));
    await house.grants.revoke(operator, grantId);
    expect(await reasonOf(house.services.read(child.call(), "data/a.csv"))).toBe("GRANT_REVOKED");
    expect(await reasonOf(house.services.currentGrant(child.call()))).toBe("GRANT_REVOKED");
  });

  it("is canceled when its caller's task is, or when whoever waits has gone", async () => {
    const run = await house.start();
    const canceled = async (taskId: string): Promise<boolean> =>
      (await (await house.adopt(taskId)).view()).task.status.state === TaskState.Canceled;
    const gone = new AbortController();
    const first = await callAgent(run, { grant: { read: ["data/*"] } }, gone.signal);
    gone.abort();
    await waitFor("the first to be canceled", async () => await canceled(first.child.taskId));
    const second = await callAgent(run, {});
    await house.engine.cancel({ principal: alice, protocol: "a2a" }, run.taskId);
    await waitFor("the second to be canceled", async () => await canceled(second.child.taskId));
    expect(await second.result).toMatchObject({ state: TaskState.Canceled });
  });

  it("that takes too long is canceled, and says so", async () => {
    const run = await house.start();
    const { result } = await callAgent(run, { timeoutSeconds: 0.05 });
    expect(await result).toMatchObject({ state: TaskState.Canceled, completed: false });
  });

  it("counts against the grant's number of calls, also of those that fail", async () => {
    const run = await house.start();
    const { child } = await callAgent(run, { grant: { read: [], maxCalls: 1 } });
    const none = { ...callOf("nobody") };
    expect(await reasonOf(house.services.callAgent(child.call(), none))).toBe("AGENT_NOT_FOUND");
    expect(await reasonOf(house.services.callAgent(child.call(), callOf("beta")))).toBe("BUDGET_EXCEEDED");
  });

  it("cannot be made by a chain of agents that is too long", async () => {
    const actors = Array.from({ length: MAX_ACTORS }, (_, i) => `spiffe://localhost/org/o/agent/a${i}`);
    const run = await house.start({ by: { ...alice, actors } });
    expect(await reasonOf(callBy(run, {}))).toBe("CALL_DEPTH_EXCEEDED");
  });

  it("gives the next agent the right to call and none of the caller's others", async () => {
    const run = await house.start({ by: admin });
    const { child } = await callAgent(run, {});
    const turn = house.connector.turns.find(({ taskId }) => taskId === child.taskId);
    expect(turn?.principal.scopes).toEqual(["invoke"]);
  });
});

function firstId(grants: readonly { readonly grantId: string }[]): string {
  return grants[0]?.grantId ?? "";
}
