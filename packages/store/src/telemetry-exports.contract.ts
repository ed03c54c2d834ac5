import { expect, it } from "vitest";
import { destinationOf } from "./telemetry-samples.ts";
import type { OpenTelemetryStore } from "./telemetry-store.contract.ts";
import type { NewExportBatch } from "./telemetry-store.ts";

const START = Date.parse("2026-11-29T10:00:00Z");
const at = (ms: number): Date => new Date(START + ms);
const now = (): Date => at(0);
const ROOMY = 1_000_000;

function batchOf(batchId: string, changes: Partial<NewExportBatch> = {}): NewExportBatch {
  return { batchId, signal: "traces", items: 2, body: new Uint8Array([1, 2, 3, 4]), at: at(0), ...changes };
}

export function telemetryExportsContract(open: OpenTelemetryStore): void {
  it("keeps destinations, for their organization only", async () => {
    await using store = await open(now);
    const { exports } = store.telemetry;
    const [mine, theirs] = [destinationOf("org_1", "dst_1"), destinationOf("org_2", "dst_2")];
    await exports.put(mine);
    await exports.put(theirs);
    await exports.put({ ...theirs, destinationId: "dst_1", name: "stolen" });
    await exports.put({ ...mine, enabled: false });
    expect(await exports.list("org_1")).toEqual([{ ...mine, enabled: false }]);
    expect(await exports.get("org_1", "dst_1")).toEqual({ ...mine, enabled: false });
    expect(await exports.get("org_1", "dst_2")).toBeUndefined();
    expect(await exports.all()).toHaveLength(2);
    expect(await exports.remove("org_1", "dst_2")).toBe(false);
    expect(await exports.remove("org_1", "dst_1")).toBe(true);
    expect(await exports.all()).toEqual([theirs]);
  });

  it("gives out one batch of each signal at a time, in order, and again when its lease ends", async () => {
    await using store = await open(now);
    const { exports } = store.telemetry;
    await exports.put(destinationOf("org_1", "dst_1"));
    await exports.enqueue("dst_1", batchOf("a"), ROOMY);
    await exports.enqueue("dst_1", batchOf("b"), ROOMY);
    await exports.enqueue("dst_1", batchOf("c", { signal: "logs" }), ROOMY);
    await exports.enqueue("dst_1", batchOf("a"), ROOMY);
    await exports.enqueue("dst_none", batchOf("d"), ROOMY);
    const take = async (ms: number): Promise<string | undefined> =>
      (await exports.take("dst_1", at(ms), at(ms + 100)))?.batchId;
    expect(await exports.take("dst_1", at(0), at(100))).toEqual({ ...batchOf("a"), attempts: 1 });
    expect(await take(0)).toBe("c");
    expect(await take(0)).toBeUndefined();
    expect(await exports.take("dst_1", at(100), at(200))).toEqual({ ...batchOf("a"), attempts: 2 });
    await exports.settle("a", { type: "retry", at: at(500), error: "503" });
    expect(await exports.state("dst_1")).toMatchObject({ waiting: 3, sent: 0, lastError: "503" });
    expect(await take(200)).toBe("c");
    expect(await take(499)).toBe("c");
    expect(await take(500)).toBe("a");
    await exports.settle("a", { type: "sent" });
    await exports.settle("a", { type: "sent" });
    expect(await take(500)).toBe("b");
    await exports.settle("b", { type: "dropped", error: "400 \u0000" });
    await exports.settle("c", { type: "sent" });
    expect(await take(10_000)).toBeUndefined();
    expect(await exports.state("dst_1")).toEqual({
      waiting: 0,
      waitingBytes: 0,
      sent: 4,
      dropped: 2,
      lastError: "400 \uFFFD",
      lastSentAt: at(0).toISOString(),
    });
  });

  it("gives a batch to one of many senders", async () => {
    await using store = await open(now);
    const { exports } = store.telemetry;
    await exports.put(destinationOf("org_1", "dst_1"));
    await exports.enqueue("dst_1", batchOf("a"), ROOMY);
    const taken = await Promise.all(Array.from({ length: 8 }, async () => await exports.take("dst_1", at(0), at(100))));
    expect(taken.filter((batch) => batch !== undefined)).toHaveLength(1);
  });

  it("holds a bounded number of bytes: the oldest go and are counted", async () => {
    await using store = await open(now);
    const { exports } = store.telemetry;
    await exports.put(destinationOf("org_1", "dst_1"));
    for (const id of ["a", "b", "c", "d"]) await exports.enqueue("dst_1", batchOf(id, { at: at(id.charCodeAt(0)) }), 9);
    expect(await exports.state("dst_1")).toMatchObject({ waiting: 2, waitingBytes: 8, dropped: 4, sent: 0 });
    expect((await exports.state("dst_1")).oldestAt).toBe(at("c".charCodeAt(0)).toISOString());
    await exports.enqueue("dst_1", batchOf("e", { body: new Uint8Array(20) }), 9);
    expect(await exports.state("dst_1")).toMatchObject({ waiting: 0, waitingBytes: 0, dropped: 10 });
    await exports.enqueue("dst_1", batchOf("f"), 9);
    expect(await exports.remove("org_1", "dst_1")).toBe(true);
    expect(await exports.take("dst_1", at(1_000), at(2_000))).toBeUndefined();
    expect(await exports.state("dst_1")).toEqual({ waiting: 0, waitingBytes: 0, sent: 0, dropped: 0 });
  });
}
