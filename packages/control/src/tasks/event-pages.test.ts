import type { TaskEvent } from "@berth/protocol";
import { describe, expect, it } from "vitest";
import { EventPages, PAGE_EVENTS } from "./event-pages.ts";

function logOf(length: number): {
  readonly reads: number[];
  readonly read: (after: number) => Promise<readonly TaskEvent[]>;
} {
  const reads: number[] = [];
  const read = async (after: number): Promise<readonly TaskEvent[]> => {
    reads.push(after);
    return await Promise.resolve(
      Array.from({ length: Math.max(0, Math.min(PAGE_EVENTS, length - after)) }, (_, index) => ({
        taskId: "task_1",
        seq: after + index + 1,
        at: "2026-11-29T00:00:00.000Z",
        body: { kind: "note", name: "n", data: {} },
      })),
    );
  };
  return { reads, read };
}

const seqs = (events: readonly TaskEvent[]): readonly number[] => events.map(({ seq }) => seq);

describe("EventPages", () => {
  it("gives what comes after any place of the log", async () => {
    const pages = new EventPages(logOf(2 * PAGE_EVENTS + 10).read);
    for (const after of [0, 1, PAGE_EVENTS - 1, PAGE_EVENTS, PAGE_EVENTS + 1, 2 * PAGE_EVENTS + 9]) {
      expect(seqs(await pages.after(after))[0]).toBe(after + 1);
    }
    expect(seqs(await pages.after(PAGE_EVENTS - 1))).toEqual([PAGE_EVENTS]);
    expect(await pages.after(2 * PAGE_EVENTS + 10)).toEqual([]);
  });

  it("reads a page once for all who ask at the same time, and keeps the last few", async () => {
    const { reads, read } = logOf(20 * PAGE_EVENTS);
    const pages = new EventPages(read);
    await Promise.all(Array.from({ length: 40 }, async (_, index) => await pages.after(index)));
    expect(reads).toEqual([0]);
    for (let page = 1; page <= 4; page++) await pages.after(page * PAGE_EVENTS);
    await pages.after(4 * PAGE_EVENTS + 7);
    expect(reads).toHaveLength(5);
    await pages.after(0);
    expect(reads).toHaveLength(6);
    pages.clear();
    await pages.after(0);
    expect(reads).toHaveLength(7);
  });

  it("asks again after a read that failed", async () => {
    const { read } = logOf(10);
    let broken = true;
    const pages = new EventPages(async (after) => {
      if (broken) throw new Error("the store is away");
      return await read(after);
    });
    await expect(pages.after(3)).rejects.toThrow("the store is away");
    broken = false;
    expect(seqs(await pages.after(3))[0]).toBe(4);
  });
});
