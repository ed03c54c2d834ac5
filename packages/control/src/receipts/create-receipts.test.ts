import { leafHash, parseRunReceipt, parseTlogProof, parseTrustPolicy, payloadOf, verifyBundle } from "@berth/ledger";
import { decodeEntryBundle, parseEnvelope, parseStrictJson, verifyInclusion } from "@berth/ledger";
import { parseCheckpointText } from "@berth/ledger";
import type { RunReceiptStatement } from "@berth/ledger";
import { DEFAULT_ORG_ID, Role, TaskState } from "@berth/protocol";
import type { TaskEventBody } from "@berth/protocol";
import type { ReceiptRecord } from "@berth/store";
import { describe, expect, it } from "vitest";
import {
  AUDITOR,
  CALLER,
  ORIGIN,
  STRANGER,
  acceptRun,
  endRun,
  openFixture,
  publishRelease,
} from "./test/receipts-fixture.ts";

function statementOf(record: ReceiptRecord): RunReceiptStatement {
  return parseRunReceipt(payloadOf(parseEnvelope(parseStrictJson(record.envelope))));
}

describe("a sealed receipt", () => {
  it("states what is known of the run, and nothing that is not", async () => {
    await using fixture = await openFixture();
    const { store, receipts } = fixture;
    await publishRelease(store);
    const artifact = { artifactId: "art_1", name: "report.md", parts: [{ text: "# Report" }] };
    const taskId = await endRun(store, { skill: "summarize", events: [{ kind: "artifact", artifact }] });
    await receipts.flush();
    const record = await receipts.forTask(CALLER, taskId);
    const statement = statementOf(record);
    expect(statement.subject).toEqual([
      { name: "report.md", digest: { sha256: expect.stringMatching(/^[0-9a-f]{64}$/) } },
    ]);
    expect(statement.predicate).toMatchObject({
      v: 1,
      receipt: record.receiptId,
      log: ORIGIN,
      agent_seq: 1,
      run: {
        id: taskId,
        task_id: taskId,
        context_id: "ctx_1",
        skill: "summarize",
        protocol: "a2a",
        protocols: ["a2a"],
        status: "completed",
        accepted_at: "2026-11-29T10:00:00.000Z",
        completed_at: "2026-11-29T10:00:01.250Z",
        elapsed_ms: 1250,
        attempts: 1,
      },
      agent: { id: "agt_1", name: "echo", release: "rel_1", version: "1.2.3", image: `sha256:${"ab".repeat(32)}` },
      caller: { sub: CALLER.id, kind: "user", org: DEFAULT_ORG_ID },
      events: { n: 4 },
    });
    expect(Object.keys(statement.predicate)).not.toContain("ops");
  });

  it("has what the agent last reported to have used, and nothing when it reported nothing", async () => {
    await using fixture = await openFixture();
    const usage = (inputTokens: number): TaskEventBody => ({
      kind: "usage",
      usage: { inputTokens, outputTokens: 1, costMicros: 250, models: ["small", "half \ud800"] },
    });
    const reported = await endRun(fixture.store, { events: [usage(1), usage(2)] });
    const silent = await endRun(fixture.store, {});
    await fixture.receipts.flush();
    expect(statementOf(await fixture.receipts.forTask(CALLER, reported)).predicate.run.usage).toEqual({
      input_tokens: 2,
      output_tokens: 1,
      cost_micros: 250,
      models: ["small", "half \ufffd"],
    });
    expect(statementOf(await fixture.receipts.forTask(CALLER, silent)).predicate.run).not.toHaveProperty("usage");
  });

  it("names the protocol of every turn, and none when an older log does not say", async () => {
    await using fixture = await openFixture();
    const turn = (role: Role, protocol?: "a2a" | "mcp" | "rest"): TaskEventBody => ({
      kind: "message",
      message: { messageId: "m2", role, parts: [{ text: "go on" }] },
      ...(protocol === undefined ? {} : { protocol }),
    });
    const events = [turn(Role.User, "mcp"), turn(Role.Agent), turn(Role.User, "a2a"), turn(Role.User, "mcp")];
    const known = await endRun(fixture.store, { events });
    const older = await endRun(fixture.store, { events: [turn(Role.User, "mcp"), turn(Role.User)] });
    await fixture.receipts.flush();
    const runOf = async (taskId: string): Promise<RunReceiptStatement["predicate"]["run"]> =>
      statementOf(await fixture.receipts.forTask(CALLER, taskId)).predicate.run;
    expect((await runOf(known)).protocols).toEqual(["a2a", "mcp"]);
    expect(await runOf(older)).not.toHaveProperty("protocols");
  });

  it("has the result as its subject when there are no artifacts, and omits a release it cannot find", async () => {
    await using fixture = await openFixture();
    const taskId = await endRun(fixture.store);
    await fixture.receipts.flush();
    const { subject, predicate } = statementOf(await fixture.receipts.forTask(CALLER, taskId));
    expect(subject).toEqual([{ name: "result", digest: { sha256: predicate.io.result.slice(7) } }]);
    expect(predicate.agent).not.toHaveProperty("version");
  });

  it.each([
    [TaskState.Failed, "AGENT_ERROR", "failed"],
    [TaskState.Failed, "AGENT_CRASHED", "interrupted"],
    [TaskState.Failed, "PLATFORM_RESTARTED", "interrupted"],
    [TaskState.Canceled, undefined, "canceled"],
    [TaskState.Rejected, undefined, "rejected"],
  ] as const)("says of %s with reason %s: %s", async (state, reason, status) => {
    await using fixture = await openFixture();
    const taskId = await endRun(fixture.store, { state, ...(reason === undefined ? {} : { reason }) });
    await fixture.receipts.flush();
    const { run } = statementOf(await fixture.receipts.forTask(CALLER, taskId)).predicate;
    expect([run.status, run.reason]).toEqual([status, reason]);
  });

  it("verifies offline, alone and against the published keys", async () => {
    await using fixture = await openFixture();
    const { store, receipts } = fixture;
    const taskIds = [];
    for (let i = 0; i < 300; i++) taskIds.push(await endRun(store, { agentId: `agt_${i % 3}` }));
    await receipts.flush();
    const trust = parseTrustPolicy(receipts.keys());
    for (const taskId of [taskIds[0], taskIds[255], taskIds[299]]) {
      const { receiptId, leafIndex } = await receipts.forTask(CALLER, taskId ?? "");
      const verified = await verifyBundle(await receipts.bundle(CALLER, receiptId), { trust });
      expect(verified.trusted).toBe(true);
      expect(verified.statement.predicate.run.task_id).toBe(taskId);
      expect(verified.log).toMatchObject({ index: leafIndex, size: 304 });
      expect(verified.events).toMatchObject({ total: 3, disclosed: 3 });
    }
  });

  it("is made also of content that has no canonical form", async () => {
    await using fixture = await openFixture();
    const bad = "\ud800 half";
    let deep: unknown = 1;
    for (let i = 0; i < 2000; i++) deep = [deep];
    const data = JSON.parse(JSON.stringify({ float: 0.1, huge: 1e300, deep }));
    const taskId = await endRun(fixture.store, {
      skill: bad,
      events: [{ kind: "artifact", artifact: { artifactId: bad, parts: [{ data }, { text: bad }] } }],
    });
    await fixture.receipts.flush();
    expect(fixture.logged).toEqual([]);
    const { receiptId } = await fixture.receipts.forTask(CALLER, taskId);
    expect((await verifyBundle(await fixture.receipts.bundle(CALLER, receiptId))).events.disclosed).toBe(4);
  });

  it("has a tlog-proof that holds for its entry under the published checkpoint", async () => {
    await using fixture = await openFixture();
    const { store, receipts } = fixture;
    for (let i = 0; i < 5; i++) await endRun(store);
    const taskId = await endRun(store);
    await receipts.flush();
    const { receiptId } = await receipts.forTask(CALLER, taskId);
    const { index, hashes, checkpoint } = parseTlogProof(await receipts.tlogProof(CALLER, receiptId));
    expect(checkpoint).toBe(await receipts.checkpoint());
    const { size, root } = parseCheckpointText(checkpoint.slice(0, checkpoint.lastIndexOf("\n\n") + 1));
    const entries = decodeEntryBundle((await receipts.tile(`tile/entries/000.p/${size}`)) ?? new Uint8Array(0));
    const entry = entries[index] ?? new Uint8Array(0);
    verifyInclusion({ index, size, leafHash: leafHash(entry), proof: hashes, root });
  });
});

describe("who may see a receipt", () => {
  it("the caller and auditors; for others it does not exist", async () => {
    await using fixture = await openFixture();
    const { store, receipts } = fixture;
    const taskId = await endRun(store);
    await receipts.flush();
    const { receiptId } = await receipts.forTask(CALLER, taskId);
    for (const principal of [CALLER, AUDITOR]) {
      expect((await receipts.find(principal, receiptId)).taskId).toBe(taskId);
      expect(await receipts.bundle(principal, receiptId)).toContain(taskId);
    }
    const elsewhere = { ...AUDITOR, orgId: "org_other" };
    for (const principal of [STRANGER, elsewhere]) {
      const absent = await receipts.find(principal, "rcpt_none").catch((error: unknown) => error);
      expect(absent).toMatchObject({ reason: "RECEIPT_NOT_FOUND" });
      for (const read of [receipts.find, receipts.bundle, receipts.tlogProof]) {
        await expect(read(principal, receiptId)).rejects.toMatchObject({ reason: "RECEIPT_NOT_FOUND" });
      }
      await expect(receipts.forTask(principal, taskId)).rejects.toMatchObject({ reason: "TASK_NOT_FOUND" });
    }
    await expect(receipts.list(CALLER, { size: 10 })).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    await expect(receipts.check(CALLER)).rejects.toMatchObject({ reason: "PERMISSION_DENIED" });
    expect((await receipts.list(AUDITOR, { size: 10 })).receipts).toHaveLength(1);
  });

  it("is told that there is none before the run ends", async () => {
    await using fixture = await openFixture();
    const taskId = await acceptRun(fixture.store);
    await expect(fixture.receipts.forTask(CALLER, taskId)).rejects.toMatchObject({ reason: "RECEIPT_NOT_FOUND" });
  });
});

describe("awaitForTask", () => {
  it("resolves when the receipt is sealed, at once when it was before, and with undefined in time otherwise", async () => {
    await using fixture = await openFixture();
    const { store, receipts } = fixture;
    const taskId = await endRun(store);
    receipts.notify();
    const sealed = await receipts.awaitForTask(DEFAULT_ORG_ID, taskId, 10_000);
    expect(sealed?.taskId).toBe(taskId);
    expect(await receipts.awaitForTask(DEFAULT_ORG_ID, taskId, 0)).toEqual(sealed);
    expect(await receipts.awaitForTask(DEFAULT_ORG_ID, await acceptRun(store), 5)).toBeUndefined();
  });

  it("gives up when the receipts are closed", async () => {
    const fixture = await openFixture();
    const waiting = fixture.receipts.awaitForTask(DEFAULT_ORG_ID, await acceptRun(fixture.store), 60_000);
    await fixture.receipts.close();
    expect(await waiting).toBeUndefined();
  });
});
