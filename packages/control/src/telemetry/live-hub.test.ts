import type { StoredLog } from "@berth/telemetry";
import { afterEach, expect, test } from "vitest";
import { LiveHub } from "./live-hub.ts";
import type { LiveReader } from "./live-hub.ts";
import type { LiveRecord } from "./telemetry.ts";

let end = new AbortController();
afterEach(() => {
  end.abort();
  end = new AbortController();
});

const lines = (from: number, to: number, body = "x"): readonly StoredLog[] =>
  Array.from({ length: to - from + 1 }, (_, n) => ({
    id: from + n,
    atUs: 0,
    severity: 9,
    body,
    attributes: {},
    source: "stdout" as const,
  }));
const shortly = (record: LiveRecord | undefined): unknown =>
  record?.type === "logs" ? record.logs.map(({ id }) => id) : record;

async function take(reader: LiveReader, count: number): Promise<readonly unknown[]> {
  const taken: unknown[] = [];
  for await (const record of reader.read()) {
    taken.push(shortly(record));
    if (taken.length === count) break;
  }
  return taken;
}

test("a reader gets what it asked for, of its organization", async () => {
  const hub = new LiveHub();
  const reader = hub.open({ orgId: "org_1", wantsLog: ({ body }) => body === "x" }, end.signal);
  hub.logs("org_2", lines(1, 1));
  hub.logs("org_1", lines(2, 3));
  hub.logs("org_1", lines(4, 4, "other"));
  hub.spans("org_1", []);
  hub.logs("org_1", lines(5, 5));
  expect(await take(reader, 1)).toEqual([[2, 3, 5]]);
});

test("one that waits is woken", async () => {
  const hub = new LiveHub();
  const reader = hub.open({ orgId: "org_1", wantsLog: () => true }, end.signal);
  const first = take(reader, 1);
  setImmediate(() => hub.logs("org_1", lines(1, 1)));
  expect(await first).toEqual([[1]]);
});

test("one that is too slow misses some, is told how many at the place where they are missing, and goes on", async () => {
  const hub = new LiveHub({ maxWaiting: 3 });
  const reader = hub.open({ orgId: "org_1", wantsLog: () => true }, end.signal);
  hub.logs("org_1", lines(1, 5));
  hub.logs("org_1", lines(6, 6));
  const taken: unknown[] = [];
  for await (const record of reader.read()) {
    taken.push(shortly(record));
    if (record.type === "gap") hub.logs("org_1", lines(7, 8));
    if (taken.length === 3) break;
  }
  expect(taken).toEqual([[1, 2, 3], { type: "gap", skipped: 3 }, [7, 8]]);
});

test("a reader that leaves is forgotten", async () => {
  const hub = new LiveHub();
  const leave = new AbortController();
  const reader = hub.open({ orgId: "org_1", wantsLog: () => true }, leave.signal);
  expect(hub.readers).toBe(1);
  leave.abort();
  expect([hub.readers, await take(reader, 1)]).toEqual([0, []]);
});
