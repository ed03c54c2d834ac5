import { TaskState } from "@berth/protocol";
import { expect, it } from "vitest";
import { AT, ORG, append, complete, newTask } from "./contract-samples.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses task ids and agents of its own. */
export function taskWritesContract(store: () => Store): void {
  const namesOf = async (taskId: string): Promise<string[]> =>
    (await store().tasks.events({ orgId: ORG, taskId })).map(({ body }) =>
      body.kind === "note" ? body.name : body.kind,
    );

  it("creates a task with its first event and reads both back", async () => {
    const task = newTask("create-1", { agentId: "agt_create" });
    const outcome = await store().tasks.create(task);
    expect(outcome).toMatchObject({
      kind: "created",
      record: { taskId: "create-1", contextId: "ctx_1", principalId: "usr_1", state: TaskState.Submitted },
    });
    expect(outcome.record).toMatchObject({ lastSeq: 1, agentSeq: 1, createdAt: task.at, statusAt: task.at });
    expect(await store().tasks.find(ORG, "create-1")).toEqual(outcome.record);
    expect(await store().tasks.events({ orgId: ORG, taskId: "create-1" })).toEqual([
      { taskId: "create-1", seq: 1, at: task.at, body: task.accepted },
    ]);
    expect(await store().tasks.find("org_other", "create-1")).toBeUndefined();
  });

  it("refuses a second task with the same id", async () => {
    await store().tasks.create(newTask("twice"));
    await expect(store().tasks.create(newTask("twice"))).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
  });

  it("answers a repeated create with the task it made, as it is now", async () => {
    await store().tasks.create(newTask("replay-1", { key: "replay" }));
    await store().tasks.append(append("replay-1", 1, "a"));
    const again = await store().tasks.create(newTask("replay-2", { key: "replay" }));
    expect(again).toMatchObject({ kind: "replayed", seq: 1, record: { taskId: "replay-1", lastSeq: 2 } });
    expect(await store().tasks.find(ORG, "replay-2")).toBeUndefined();
    const scope = { orgId: ORG, principalId: "usr_1", agentId: "agt_1", key: "replay" };
    expect(await store().tasks.findDedupe(scope)).toEqual({ taskId: "replay-1", seq: 1, digest: "d1" });
    expect(await store().tasks.findDedupe({ ...scope, principalId: "usr_2" })).toBeUndefined();
  });

  it("refuses a known key with other content, and keeps keys of other callers and agents apart", async () => {
    await store().tasks.create(newTask("key-1", { key: "shared" }));
    const other = newTask("key-2", { key: "shared", digest: "d2" });
    await expect(store().tasks.create(other)).rejects.toMatchObject({ reason: "IDEMPOTENCY_CONFLICT" });
    const elsewhere = { key: "shared", digest: "d2" };
    expect(await store().tasks.create(newTask("key-3", { ...elsewhere, principalId: "usr_2" }))).toMatchObject({
      kind: "created",
    });
    expect(await store().tasks.create(newTask("key-4", { ...elsewhere, agentId: "agt_2" }))).toMatchObject({
      kind: "created",
    });
  });

  it("appends events in order and moves the state", async () => {
    await store().tasks.create(newTask("append-1"));
    expect(await store().tasks.append(append("append-1", 1, "a", "b"))).toEqual({ kind: "appended", lastSeq: 3 });
    const at = "2026-11-29T10:00:05.250Z";
    await store().tasks.append(complete("append-1", 3, at));
    expect(await namesOf("append-1")).toEqual(["accepted", "a", "b", "status"]);
    const record = await store().tasks.find(ORG, "append-1");
    expect(record).toMatchObject({ state: TaskState.Completed, statusAt: at, lastSeq: 4 });
  });

  it("refuses an append that has not seen the newest event, and writes nothing of it", async () => {
    await store().tasks.create(newTask("stale"));
    await store().tasks.append(append("stale", 1, "a"));
    await expect(store().tasks.append(append("stale", 1, "b"))).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    await expect(store().tasks.append(append("stale", 5, "b"))).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    expect(await namesOf("stale")).toEqual(["accepted", "a"]);
  });

  it("does not know a task that was never created", async () => {
    await expect(store().tasks.append(append("nowhere", 1, "a"))).rejects.toMatchObject({ reason: "TASK_NOT_FOUND" });
    expect(await store().tasks.events({ orgId: ORG, taskId: "nowhere" })).toEqual([]);
  });

  it("answers a repeated append with the event it wrote, whatever came after", async () => {
    await store().tasks.create(newTask("again"));
    const first = { ...append("again", 1, "a", "b"), dedupe: { key: "again", digest: "d" } };
    await store().tasks.append(first);
    await store().tasks.append(append("again", 3, "c"));
    expect(await store().tasks.append(first)).toEqual({ kind: "replayed", seq: 2 });
    const other = { ...first, dedupe: { key: "again", digest: "other" } };
    await expect(store().tasks.append(other)).rejects.toMatchObject({ reason: "IDEMPOTENCY_CONFLICT" });
    expect(await namesOf("again")).toEqual(["accepted", "a", "b", "c"]);
  });

  it("numbers the tasks of an agent without gaps when many come at once", async () => {
    const ids = Array.from({ length: 50 }, (_, i) => `crowd-${i}`);
    const outcomes = await Promise.all(
      ids.flatMap((id, i) => [
        store().tasks.create(newTask(id, { agentId: "agt_crowd", key: id })),
        // A duplicate takes no number.
        ...(i % 5 === 0 ? [store().tasks.create(newTask(`${id}-copy`, { agentId: "agt_crowd", key: id }))] : []),
      ]),
    );
    const created = outcomes.filter((outcome) => outcome.kind === "created").map(({ record }) => record.agentSeq);
    expect(created.sort((a, b) => a - b)).toEqual(ids.map((_, i) => i + 1));
    expect(outcomes).toHaveLength(60);
  });

  it("fails only the writes that must fail when good and bad ones come together", async () => {
    await Promise.all(["good-1", "good-2", "good-3"].map(async (id) => await store().tasks.create(newTask(id))));
    const results = await Promise.allSettled([
      store().tasks.append(append("good-1", 1, "a")),
      store().tasks.append(append("good-2", 7, "too new")),
      store().tasks.append(append("nowhere", 1, "b")),
      store().tasks.create(newTask("good-3")),
      store().tasks.create(newTask("bad \u0000 id")),
      store().tasks.append(append("good-3", 1, "c")),
    ]);
    expect(results.map((result) => (result.status === "fulfilled" ? "ok" : result.reason.reason))).toEqual([
      "ok",
      "STORE_CONFLICT",
      "TASK_NOT_FOUND",
      "STORE_CONFLICT",
      "INVALID_PARAMS",
      "ok",
    ]);
    expect(await namesOf("good-1")).toEqual(["accepted", "a"]);
    expect(await namesOf("good-2")).toEqual(["accepted"]);
    expect(await namesOf("good-3")).toEqual(["accepted", "c"]);
  });

  it("applies writes to one task in the order of the calls, also when nobody waits in between", async () => {
    const calls = [
      store().tasks.create(newTask("ordered")),
      ...Array.from({ length: 40 }, (_, i) => store().tasks.append(append("ordered", i + 1, `n${i}`))),
    ];
    await Promise.all(calls);
    expect(await namesOf("ordered")).toEqual(["accepted", ...Array.from({ length: 40 }, (_, i) => `n${i}`)]);
    const again = await Promise.all([
      store().tasks.create(newTask("same-1", { key: "same" })),
      store().tasks.create(newTask("same-2", { key: "same" })),
    ]);
    expect(again.map((outcome) => [outcome.kind, outcome.record.taskId])).toEqual([
      ["created", "same-1"],
      ["replayed", "same-1"],
    ]);
  });

  it("keeps any text an agent may send, byte for byte", async () => {
    const texts = ["nul \u0000 inside", "half a pair \ud83d", "🎉 emoji", "e\u0301 vs é", '"quoted" \\ {a,b} NULL', ""];
    await store().tasks.create(newTask("texts", { text: texts.join("\u0000") }));
    const body = { kind: "note", name: "texts", data: { texts, "key \u0000": null, __proto__x: 1.5e300 } } as const;
    await store().tasks.append({
      orgId: ORG,
      taskId: "texts",
      expectedSeq: 1,
      events: [{ at: "2026-11-29T10:00:00.5Z", body }],
    });
    const events = await store().tasks.events({ orgId: ORG, taskId: "texts" });
    expect(events[1]).toEqual({ taskId: "texts", seq: 2, at: "2026-11-29T10:00:00.500Z", body });
    expect(events[0]?.body).toMatchObject({ message: { parts: [{ text: texts.join("\u0000") }] } });
  });

  it("keeps an event of a megabyte beside small ones", async () => {
    await store().tasks.create(newTask("large"));
    await store().tasks.create(newTask("small"));
    const text = "0123456789abcdef".repeat(65_536);
    const body = { kind: "artifact", artifact: { artifactId: "a", parts: [{ text }] } } as const;
    await Promise.all([
      store().tasks.append({
        orgId: ORG,
        taskId: "large",
        expectedSeq: 1,
        events: [{ at: "2026-11-29T10:00:00Z", body }],
      }),
      store().tasks.append(append("small", 1, "a")),
    ]);
    const [, event] = await store().tasks.events({ orgId: ORG, taskId: "large" });
    expect(event?.body).toEqual(body);
  });

  it("puts other bodies in the place of events, and forgets what was sent, of that task alone", async () => {
    const scope = { orgId: ORG, principalId: "usr_1", agentId: "agt_1" };
    for (const taskId of ["erase-1", "erase-2"]) {
      await store().tasks.create(newTask(taskId, { key: taskId, digest: "d" }));
      await store().tasks.append(append(taskId, 1, "a", "b"));
    }
    const body = { kind: "erased", erased: true, was: "artifact" } as const;
    const before = await store().tasks.events({ orgId: ORG, taskId: "erase-1" });
    await store().tasks.replaceBodies({ orgId: ORG, taskId: "erase-1", events: [{ seq: 3, body }] });
    await store().tasks.replaceBodies({ orgId: "org_other", taskId: "erase-1", events: [{ seq: 2, body }] });
    expect(await store().tasks.events({ orgId: ORG, taskId: "erase-1" })).toEqual(
      before.map((event) => (event.seq === 3 ? { ...event, body } : event)),
    );
    expect(await store().tasks.findDedupe({ ...scope, key: "erase-1" })).toBeUndefined();
    expect(await store().tasks.findDedupe({ ...scope, key: "erase-2" })).toMatchObject({ taskId: "erase-2" });
    const [, , other] = await store().tasks.events({ orgId: ORG, taskId: "erase-2" });
    expect(other?.body.kind).toBe("note");
  });

  it("does not share what it keeps with its callers", async () => {
    const data = { list: [1] };
    await store().tasks.create(newTask("mine"));
    const body = { kind: "note", name: "n", data } as const;
    await store().tasks.append({ orgId: ORG, taskId: "mine", expectedSeq: 1, events: [{ at: AT, body }] });
    data.list.push(2);
    const [, event] = await store().tasks.events({ orgId: ORG, taskId: "mine" });
    expect(event?.body).toMatchObject({ data: { list: [1] } });
  });
}
