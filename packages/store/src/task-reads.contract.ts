import { TaskState } from "@berth/protocol";
import { expect, it } from "vitest";
import { ORG, append, atMs, complete, moveTo, newTask } from "./contract-samples.ts";
import type { Store } from "./store.ts";
import type { TaskFilter } from "./task-store.ts";

/** Tests share one store: each lists a context or an agent of its own. */
export function taskReadsContract(store: () => Store): void {
  const idsOf = async (filter: TaskFilter, size = 100): Promise<string[]> =>
    (await store().tasks.list(filter, { size })).records.map((record) => record.taskId);

  it("lists newest status first, and tasks of the same moment by id", async () => {
    const contextId = "ctx_order";
    await store().tasks.create(newTask("order-1", { contextId, at: atMs(10) }));
    await store().tasks.create(newTask("order-2", { contextId, at: atMs(20) }));
    await store().tasks.create(newTask("order-3", { contextId, at: atMs(20) }));
    await store().tasks.append(moveTo("order-1", 1, TaskState.Working, atMs(30)));
    expect(await idsOf({ orgId: ORG, contextId })).toEqual(["order-1", "order-3", "order-2"]);
  });

  it("finds the records of many tasks at once, of one organization only, and leaves out what is not there", async () => {
    await store().tasks.create(newTask("rec-1"));
    await store().tasks.create(newTask("rec-2"));
    await store().tasks.append(moveTo("rec-2", 1, TaskState.Working, atMs(5)));
    const found = await store().tasks.findAll(ORG, ["rec-1", "rec-2", "rec-3", "rec\u0000"]);
    expect([...found.keys()].sort()).toEqual(["rec-1", "rec-2"]);
    expect(found.get("rec-2")).toEqual(await store().tasks.find(ORG, "rec-2"));
    expect(await store().tasks.findAll("org_other", ["rec-1"])).toEqual(new Map());
    expect(await store().tasks.findAll(ORG, [])).toEqual(new Map());
  });

  it("tells who called an agent, and which agents' runs did", async () => {
    const orgId = "org_callers";
    const called = (taskId: string, sample: { agentId: string; principalId: string; at?: string }, parent?: string) => {
      const task = newTask(taskId, { orgId, ...sample, text: '"parentTaskId":"call-0" and NUL\\u0000' });
      const { message, ...rest } = task.accepted;
      return store().tasks.create({
        ...task,
        accepted: { ...rest, ...(parent === undefined ? {} : { parentTaskId: parent }), message },
      });
    };
    await called("call-0", { agentId: "agt_above", principalId: "usr_1" });
    await called("call-1", { agentId: "agt_below", principalId: "usr_1", at: atMs(1) }, "call-0");
    await called("call-2", { agentId: "agt_below", principalId: "usr_1", at: atMs(2) }, "call-0");
    await called("call-3", { agentId: "agt_below", principalId: "usr_2", at: atMs(3) });
    expect(await store().tasks.callers(orgId, "agt_below", 100)).toEqual([
      { principalId: "usr_2", calls: 1, lastAt: atMs(3) },
      { principalId: "usr_1", agentId: "agt_above", calls: 2, lastAt: atMs(2) },
    ]);
    expect(await store().tasks.callers(orgId, "agt_below", 1)).toHaveLength(1);
    expect(await store().tasks.callers("org_other", "agt_below", 100)).toEqual([]);
  });

  it("pages without repeating or missing a task while new ones arrive", async () => {
    const contextId = "ctx_pages";
    for (let i = 0; i < 7; i++)
      await store().tasks.create(newTask(`page-${i}`, { contextId, at: atMs(Math.floor(i / 2)) }));
    const seen: string[] = [];
    let token: string | undefined;
    do {
      const page = await store().tasks.list(
        { orgId: ORG, contextId },
        { size: 2, ...(token === undefined ? {} : { token }) },
      );
      seen.push(...page.records.map((record) => record.taskId));
      token = page.nextPageToken;
      await store().tasks.create(newTask(`new-${seen.length}`, { contextId, at: atMs(1000 + seen.length) }));
    } while (token !== undefined);
    expect(seen).toEqual(["page-6", "page-5", "page-4", "page-3", "page-2", "page-1", "page-0"]);
    const full = await store().tasks.list({ orgId: ORG, contextId }, { size: 2 });
    expect(full.totalSize).toBe(7 + 4);
  });

  it("says how many tasks match, and gives no token on the last page", async () => {
    const contextId = "ctx_total";
    for (let i = 0; i < 4; i++) await store().tasks.create(newTask(`total-${i}`, { contextId }));
    const first = await store().tasks.list({ orgId: ORG, contextId }, { size: 2 });
    expect(first.totalSize).toBe(4);
    const token = first.nextPageToken;
    expect(token).toBeDefined();
    const last = await store().tasks.list(
      { orgId: ORG, contextId },
      { size: 2, ...(token === undefined ? {} : { token }) },
    );
    expect(last).not.toHaveProperty("nextPageToken");
    expect(last).toMatchObject({ totalSize: 4 });
  });

  it("refuses page tokens that it did not make", async () => {
    const forged = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const tokens = ["", "nonsense", forged(null), forged([2, "tasks", atMs(0), "t"]), forged([1, "agents", "a"])];
    tokens.push(forged([1, "tasks", "yesterday", "t"]), forged([1, "tasks", atMs(0), 7]), "x".repeat(10_000));
    for (const token of tokens) {
      await expect(store().tasks.list({ orgId: ORG }, { size: 1, token })).rejects.toMatchObject({
        reason: "INVALID_PARAMS",
      });
    }
  });

  it("filters by agent, caller, context, state and time of status, alone and together", async () => {
    const agentId = "agt_filter";
    await store().tasks.create(newTask("f-1", { agentId, contextId: "ctx_a", principalId: "usr_a", at: atMs(1) }));
    await store().tasks.create(newTask("f-2", { agentId, contextId: "ctx_b", principalId: "usr_a", at: atMs(2) }));
    await store().tasks.create(newTask("f-3", { agentId, contextId: "ctx_a", principalId: "usr_b", at: atMs(3) }));
    await store().tasks.append(complete("f-3", 1, atMs(4)));
    const orgId = ORG;
    expect(await idsOf({ orgId, agentId })).toEqual(["f-3", "f-2", "f-1"]);
    expect(await idsOf({ orgId, agentId, contextId: "ctx_a" })).toEqual(["f-3", "f-1"]);
    expect(await idsOf({ orgId, agentId, principalId: "usr_a" })).toEqual(["f-2", "f-1"]);
    expect(await idsOf({ orgId, agentId, state: TaskState.Completed })).toEqual(["f-3"]);
    expect(await idsOf({ orgId, agentId, statusAfter: atMs(2) })).toEqual(["f-3", "f-2"]);
    expect(await idsOf({ orgId, agentId, statusAfter: "2026-11-29T11:00:00.002+01:00" })).toEqual(["f-3", "f-2"]);
    expect(await idsOf({ orgId, agentId, contextId: "ctx_a", principalId: "usr_a", state: TaskState.Working })).toEqual(
      [],
    );
    expect(await idsOf({ orgId: "org_other", agentId })).toEqual([]);
    for (const bad of [{ statusAfter: "soon" }, { contextId: "nul \u0000" }]) {
      await expect(store().tasks.list({ orgId, ...bad }, { size: 1 })).rejects.toMatchObject({
        reason: "INVALID_PARAMS",
      });
    }
  });

  it("reads a log from any point and no more than asked", async () => {
    await store().tasks.create(newTask("log"));
    await store().tasks.append(append("log", 1, "a", "b", "c", "d"));
    const seqs = async (query: { after?: number; limit?: number }): Promise<number[]> =>
      (await store().tasks.events({ orgId: ORG, taskId: "log", ...query })).map((event) => event.seq);
    expect(await seqs({})).toEqual([1, 2, 3, 4, 5]);
    expect(await seqs({ after: 3 })).toEqual([4, 5]);
    expect(await seqs({ after: 1, limit: 2 })).toEqual([2, 3]);
    expect(await seqs({ after: 5 })).toEqual([]);
  });

  it("reads the logs of many tasks at once, of one organization only", async () => {
    await store().tasks.create(newTask("many-1"));
    await store().tasks.create(newTask("many-2"));
    await store().tasks.create(newTask("many-3", { orgId: "org_other" }));
    await store().tasks.append(append("many-2", 1, "a"));
    const logs = await store().tasks.eventsOf(ORG, ["many-1", "many-2", "many-3", "unknown", "nul \u0000"]);
    expect(new Map([...logs].map(([id, events]) => [id, events.map((event) => event.seq)]))).toEqual(
      new Map([
        ["many-1", [1]],
        ["many-2", [1, 2]],
      ]),
    );
    await expect(store().tasks.eventsOf(ORG, Array<string>(1001).fill("t"))).rejects.toThrow("1000");
  });

  it("finds what has not ended, in every organization, oldest first and page by page", async () => {
    await store().tasks.create(newTask("zz-1"));
    await store().tasks.create(newTask("zz-2", { orgId: "org_other" }));
    await store().tasks.create(newTask("zz-3"));
    await store().tasks.create(newTask("zz-4"));
    await store().tasks.append(complete("zz-3", 1));
    const first = await store().tasks.unfinished({ afterTaskId: "zz", limit: 2 });
    expect(first.map((record) => record.taskId)).toEqual(["zz-1", "zz-2"]);
    const next = await store().tasks.unfinished({ afterTaskId: "zz-2", limit: 2 });
    expect(next.map((record) => record.taskId)).toEqual(["zz-4"]);
  });

  it("finds nothing under ids that cannot be stored", async () => {
    const id = "nul \u0000";
    expect(await store().tasks.find(ORG, id)).toBeUndefined();
    expect(await store().tasks.events({ orgId: ORG, taskId: id })).toEqual([]);
    const scope = { orgId: ORG, principalId: id, agentId: "a", key: "k" };
    expect(await store().tasks.findDedupe(scope)).toBeUndefined();
  });
}
