import { TaskState } from "@berth/protocol";
import { expect, it } from "vitest";
import { AT, ORG, append, atMs, complete, moveTo, newTask } from "./contract-samples.ts";
import type { JournalRecord, RunJournal, SumQuery } from "./journal-store.ts";
import type { NewLedgerItem } from "./receipt-store.ts";
import type { Store } from "./store.ts";

const EVER = { orgId: ORG, from: "2026-01-01T00:00:00.000Z", to: "2027-01-01T00:00:00.000Z" };

function charged(amountMicros: number, change: Partial<RunJournal> = {}): RunJournal {
  const platform = Math.floor(amountMicros / 5);
  return {
    at: AT,
    agentName: "hello",
    skill: "greet",
    models: ["large", "small"],
    price: "sha256:1",
    currency: "USD",
    amountMicros,
    elapsedMs: 1_500,
    inputTokens: 10,
    outputTokens: 4,
    lines: [
      { account: "caller:usr_1", amountMicros },
      { account: "agent:agt_1", amountMicros: platform - amountMicros },
      { account: "platform", amountMicros: -platform },
    ],
    ...change,
  };
}

function adjustOf({ orgId, taskId, entry, at }: JournalRecord): NewLedgerItem {
  return { orgId, kind: "adjust", ref: `add_${taskId}-${entry}`, payload: "{}", queuedAt: at };
}

/** Tests share one store: each has its tasks and, where it sums, its organization. */
export function journalStoreContract(store: () => Store): void {
  const end = async (taskId: string, journal?: RunJournal, orgId = ORG, sample: object = {}): Promise<void> => {
    await store().tasks.create(newTask(taskId, { orgId, ...sample }));
    await store().tasks.append({ ...complete(taskId, 1), orgId, ...(journal === undefined ? {} : { journal }) });
  };
  const journalsOf = async (taskId: string, orgId = ORG): Promise<readonly JournalRecord[]> =>
    (await store().journals.ofTasks(orgId, [taskId])).get(taskId) ?? [];
  const refundOf = (record: JournalRecord, entry: number, micros: number): JournalRecord => ({
    ...record,
    entry,
    amountMicros: -micros,
    elapsedMs: 0,
    inputTokens: 0,
    outputTokens: 0,
    at: atMs(entry * 1_000),
    reason: "too slow",
    madeBy: "usr_admin",
    lines: [
      { account: "caller:usr_1", amountMicros: -micros },
      { account: "agent:agt_1", amountMicros: micros },
    ],
  });

  const refund = async (record: JournalRecord): Promise<void> =>
    await store().journals.refund(record, adjustOf(record));

  it("posts one journal with the end of a task and none before it", async () => {
    await store().tasks.create(newTask("j-1"));
    await store().tasks.append(moveTo("j-1", 1, TaskState.Working));
    expect(await journalsOf("j-1")).toEqual([]);
    await store().tasks.append({ ...complete("j-1", 2), journal: charged(1_000) });
    const posted = { orgId: ORG, taskId: "j-1", entry: 0, agentId: "agt_1", releaseId: "rel_1", principalId: "usr_1" };
    expect(await journalsOf("j-1")).toEqual([{ ...charged(1_000), ...posted }]);
    await store().tasks.append(append("j-1", 3, "afterwards"));
    expect(await journalsOf("j-1")).toHaveLength(1);
  });

  it("posts a journal of nothing when an end says nothing of money", async () => {
    await end("j-2");
    expect(await journalsOf("j-2")).toMatchObject([{ entry: 0, amountMicros: 0, currency: "USD", lines: [] }]);
  });

  it("writes neither events nor journal when the journal does not balance", async () => {
    await store().tasks.create(newTask("j-3"));
    const lines = [{ account: "caller:usr_1", amountMicros: 5 }];
    const journal = charged(5, { lines });
    await expect(store().tasks.append({ ...complete("j-3", 1), journal })).rejects.toThrow("balance");
    expect((await store().tasks.find(ORG, "j-3"))?.lastSeq).toBe(1);
    expect(await journalsOf("j-3")).toEqual([]);
  });

  it("keeps the first journal when two writers end a task", async () => {
    await store().tasks.create(newTask("j-4"));
    const ends = [1_000, 2_000, 3_000].map(async (micros) =>
      store().tasks.append({ ...complete("j-4", 1), journal: charged(micros) }),
    );
    const outcomes = await Promise.allSettled(ends);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(await journalsOf("j-4")).toHaveLength(1);
  });

  it("posts with an append that is committed as a repeat or beside others", async () => {
    await store().tasks.create(newTask("j-5"));
    const dedupe = { key: "end of j-5", digest: "d" };
    const request = { ...complete("j-5", 1), journal: charged(700), dedupe };
    const [first, again] = await Promise.all([store().tasks.append(request), store().tasks.append(request)]);
    expect([first.kind, again.kind].toSorted()).toEqual(["appended", "replayed"]);
    expect(await journalsOf("j-5")).toMatchObject([{ amountMicros: 700, lines: charged(700).lines }]);
  });

  it("appends refunds one after the other, and lets one of two at once go ahead", async () => {
    await end("r-1", charged(1_000));
    const [run] = await journalsOf("r-1");
    if (run === undefined) throw new Error("the run has its journal");
    await expect(refund(refundOf(run, 2, 10))).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    await expect(refund(refundOf(run, 0, 10))).rejects.toMatchObject({ reason: "STORE_CONFLICT" });
    const both = await Promise.allSettled([300, 400].map(async (m) => refund(refundOf(run, 1, m))));
    expect(both.map(({ status }) => status).toSorted()).toEqual(["fulfilled", "rejected"]);
    await refund(refundOf(run, 2, 100));
    const journals = await journalsOf("r-1");
    expect(journals.map(({ entry }) => entry)).toEqual([0, 1, 2]);
    expect(journals[2]).toEqual(refundOf(run, 2, 100));
    const queued = (await store().receipts.queued(1_000)).filter(({ ref }) => ref.startsWith("add_r-1-"));
    expect(queued.map(({ ref }) => ref)).toEqual(["add_r-1-1", "add_r-1-2"]);
  });

  it("lists newest first, a page at a time, within a time and of a task", async () => {
    const orgId = "org_list";
    for (const [i, id] of ["a", "b", "c"].entries()) await end(id, charged(i, { at: atMs(i * 1_000) }), orgId);
    const first = await store().journals.list({ orgId }, { size: 2 });
    expect(first.journals.map(({ taskId }) => taskId)).toEqual(["c", "b"]);
    const token = first.nextPageToken ?? "";
    const rest = await store().journals.list({ orgId }, { size: 2, token });
    expect(rest.journals.map(({ taskId }) => taskId)).toEqual(["a"]);
    expect(rest.nextPageToken).toBeUndefined();
    const within = await store().journals.list({ orgId, from: atMs(1_000), to: atMs(2_000) }, { size: 10 });
    expect(within.journals.map(({ taskId }) => taskId)).toEqual(["b"]);
    const one = await store().journals.list({ orgId, taskId: "a" }, { size: 10 });
    expect(one.journals.map(({ taskId }) => taskId)).toEqual(["a"]);
    await expect(store().journals.list({ orgId }, { size: 2, token: "x" })).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
    });
  });

  it("sums by what is asked for, what was charged most first, and within a time", async () => {
    const orgId = "org_sums";
    await end("s-1", charged(1_000), orgId, { principalId: "usr_a" });
    await end("s-2", charged(500, { skill: "part", models: ["small"] }), orgId, { principalId: "usr_b" });
    await end("s-3", charged(250, { at: "2026-12-01T00:00:00.000Z" }), orgId, { principalId: "usr_a" });
    const [run] = await journalsOf("s-1", orgId);
    if (run !== undefined) await refund(refundOf(run, 1, 200));
    const sums = async (change: Partial<SumQuery>): Promise<unknown> =>
      await store().journals.sums({ ...EVER, orgId, groupBy: [], limit: 10, ...change });
    const all = { calls: 3n, elapsedMs: 4_500n, inputTokens: 30n, outputTokens: 12n };
    expect(await sums({})).toEqual([{ key: [], ...all, chargedMicros: 1_750n, refundedMicros: -200n }]);
    expect(await sums({ groupBy: ["caller"] })).toMatchObject([
      { key: ["usr_a"], chargedMicros: 1_250n, refundedMicros: -200n, calls: 2n },
      { key: ["usr_b"], chargedMicros: 500n, calls: 1n },
    ]);
    expect(await sums({ groupBy: ["agent", "skill"] })).toMatchObject([
      { key: ["agt_1", "greet"], agentName: "hello" },
      { key: ["agt_1", "part"], agentName: "hello" },
    ]);
    expect(await sums({ groupBy: ["model"] })).toMatchObject([{ key: ['["large","small"]'] }, { key: ['["small"]'] }]);
    expect(await sums({ groupBy: ["day"], to: "2026-12-01T00:00:00.000Z" })).toMatchObject([{ key: ["2026-11-29"] }]);
    expect(await sums({ groupBy: ["caller"], limit: 1 })).toHaveLength(1);
    expect(await sums({ from: "2027-01-01T00:00:00.000Z", to: "2027-02-01T00:00:00.000Z", groupBy: ["day"] })).toEqual(
      [],
    );
    expect(await store().journals.accounts({ ...EVER, orgId })).toEqual([
      { account: "agent:agt_1", debitMicros: 200n, creditMicros: 1_400n },
      { account: "caller:usr_1", debitMicros: 1_750n, creditMicros: 200n },
      { account: "platform", debitMicros: 0n, creditMicros: 350n },
    ]);
  });

  it("shows of every task what must agree, in order, of one organization or of some tasks", async () => {
    const orgId = "org_proofs";
    await store().tasks.create(newTask("p-1", { orgId }));
    await end("p-2", charged(5), orgId);
    await end("p-3", undefined, orgId);
    const size = await store().receipts.ledgerSize();
    const receipt = { orgId, receiptId: "rcpt_p-3", taskId: "p-3", leafIndex: size, envelope: "{}", sealedAt: AT };
    const entries = [{ index: size, data: "leaf of p-3" }];
    await store().receipts.seal({ expectedSize: size, entries, receipts: [receipt], checkpoint: "c" });
    const proofs = await store().journals.proofs({ orgId, limit: 10 });
    expect(proofs).toMatchObject([
      { orgId, taskId: "p-1", state: TaskState.Submitted, queued: false, journals: [] },
      { taskId: "p-2", state: TaskState.Completed, queued: true, journals: [{ amountMicros: 5 }] },
      { taskId: "p-3", queued: false, receipt, journals: [{ amountMicros: 0 }] },
    ]);
    expect(proofs[1]?.journals[0]?.lines).toEqual(charged(5).lines);
    const after = await store().journals.proofs({ orgId, after: { orgId, taskId: "p-1" }, limit: 1 });
    expect(after.map(({ taskId }) => taskId)).toEqual(["p-2"]);
    const everyone = await store().journals.proofs({ after: { orgId, taskId: "p-2" }, limit: 1 });
    expect(everyone.map(({ taskId }) => taskId)).toEqual(["p-3"]);
    const some = [
      { orgId, taskId: "p-3" },
      { orgId, taskId: "nobody" },
    ];
    expect((await store().journals.proofs({ tasks: some })).map(({ taskId }) => taskId)).toEqual(["p-3"]);
  });
}
