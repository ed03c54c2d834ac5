import { PlatformError } from "@berth/protocol";
import { DatabaseError } from "pg";
import { describe, expect, it } from "vitest";
import { append, newTask } from "../contract-samples.ts";
import { decideAppend, decideCreate, emptyBook } from "../task-book.ts";
import { prepareAppend, prepareCreate } from "../task-write.ts";
import { WritePump } from "./write-pump.ts";
import type { CommitBatch } from "./write-pump.ts";

function create(pump: WritePump, taskId: string): Promise<unknown> {
  return pump.submit(prepareCreate(newTask(taskId)), decideCreate);
}

function databaseError(code: string): DatabaseError {
  return Object.assign(new DatabaseError("planted", 7, "error"), { code });
}

/** Commits into a book in memory; `fault` is thrown instead when it returns something. */
function commitTo(sizes: number[], fault: (ids: string[], attempt: number) => unknown = () => undefined): CommitBatch {
  const book = emptyBook();
  return {
    quickly: async () => new Set(),
    thoroughly: async (items) => {
      sizes.push(items.length);
      const error = fault(
        items.map((item) => item.write.taskId),
        sizes.length,
      );
      if (error !== undefined) throw error;
      for (const item of items) item.decide(book);
    },
  };
}

describe("WritePump", () => {
  it("commits everything that waits together, at most 256 writes at once", async () => {
    const sizes: number[] = [];
    const pump = new WritePump(commitTo(sizes));
    await Promise.all(Array.from({ length: 600 }, async (_, i) => await create(pump, `t-${i}`)));
    expect(sizes).toEqual([256, 256, 88]);
  });

  it("lets callers that were just answered into the next batch together", async () => {
    const sizes: number[] = [];
    const pump = new WritePump(commitTo(sizes));
    const caller = async (id: string): Promise<void> => {
      await create(pump, `${id}-1`);
      await Promise.resolve();
      await create(pump, `${id}-2`);
    };
    await Promise.all(["a", "b", "c"].map(caller));
    expect(sizes).toEqual([3, 3]);
  });

  it("keeps large writes in batches of sane size", async () => {
    const sizes: number[] = [];
    const pump = new WritePump(commitTo(sizes));
    const text = "x".repeat(3 * 1024 * 1024);
    const writes = ["a", "b", "c", "d"].map((id) => prepareCreate(newTask(id, { text })));
    await Promise.all(writes.map(async (write) => await pump.submit(write, decideCreate)));
    expect(sizes).toEqual([2, 2]);
  });

  it("tells each caller its own outcome", async () => {
    const pump = new WritePump(commitTo([]));
    const results = await Promise.allSettled([
      create(pump, "a"),
      pump.submit(prepareAppend(append("nowhere", 1, "n")), decideAppend),
      create(pump, "b"),
    ]);
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("finds the one write that the database refuses and commits the others", async () => {
    const pump = new WritePump(commitTo([], (ids) => (ids.includes("poison") ? databaseError("22P05") : undefined)));
    const results = await Promise.allSettled(["a", "poison", "b"].map(async (id) => await create(pump, id)));
    expect(results.map((result) => result.status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
  });

  it("decides again after a race with another node", async () => {
    const sizes: number[] = [];
    const pump = new WritePump(commitTo(sizes, (_, attempt) => (attempt === 1 ? databaseError("23505") : undefined)));
    await expect(create(pump, "a")).resolves.toMatchObject({ kind: "created" });
    expect(sizes).toEqual([1, 1]);
  });

  it("does not try again what may have been committed", async () => {
    const sizes: number[] = [];
    const lost = new PlatformError("STORE_UNAVAILABLE", "gone");
    const pump = new WritePump(commitTo(sizes, (_, attempt) => (attempt === 1 ? lost : undefined)));
    const results = await Promise.allSettled(["a", "b"].map(async (id) => await create(pump, id)));
    expect(results.map((result) => result.status)).toEqual(["rejected", "rejected"]);
    expect(sizes).toEqual([2]);
    await expect(create(pump, "c")).resolves.toMatchObject({ kind: "created" });
  });

  it("refuses more than 10,000 waiting writes, and works on", async () => {
    const pump = new WritePump(commitTo([]));
    const accepted = Array.from({ length: 10_000 }, async (_, i) => await create(pump, `t-${i}`));
    await expect(create(pump, "one too many")).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE", retryable: true });
    await Promise.all(accepted);
    await expect(create(pump, "later")).resolves.toMatchObject({ kind: "created" });
  });

  it("finishes what it accepted before it closes, and takes nothing after", async () => {
    const pump = new WritePump(commitTo([]));
    const accepted = create(pump, "a");
    await pump.close();
    await expect(accepted).resolves.toMatchObject({ kind: "created" });
    await expect(create(pump, "b")).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  });

  it("decides thoroughly only what could not be written quickly", async () => {
    const sizes: number[] = [];
    const thorough = commitTo(sizes);
    const pump = new WritePump({
      ...thorough,
      quickly: async (items) => {
        const easy = items.filter(({ write }) => write.taskId.startsWith("easy"));
        for (const item of easy) item.decide(emptyBook());
        return new Set(easy);
      },
    });
    const ids = ["easy-1", "hard-1", "easy-2"];
    const outcomes = await Promise.all(ids.map(async (id) => await create(pump, id)));
    expect(outcomes).toEqual(ids.map(() => expect.objectContaining({ kind: "created" })));
    expect(sizes).toEqual([1]);
  });

  it("decides everything thoroughly when the quick way met an error, and nothing when the database is gone", async () => {
    const sizes: number[] = [];
    let error: unknown = databaseError("23505");
    const pump = new WritePump({
      ...commitTo(sizes),
      quickly: async () => {
        throw error;
      },
    });
    await create(pump, "t-1");
    expect(sizes).toEqual([1]);
    error = new PlatformError("STORE_UNAVAILABLE", "gone");
    await expect(create(pump, "t-2")).rejects.toBe(error);
    expect(sizes).toEqual([1]);
  });
});
