import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { parseVerifierKey, verifyCheckpoint, verifyConsistency } from "@berth/ledger";
import { createInMemoryStore } from "@berth/store/memory";
import type { Store } from "@berth/store";
import { temporaryFolder, waitFor } from "@berth/testing";
import { describe, expect, it, vi } from "vitest";
import { openCheckpointMemory } from "./checkpoint-memory.ts";
import type { CheckpointMemory } from "./checkpoint-memory.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";
import { endRun, memoryKeys, openFixture } from "./test/receipts-fixture.ts";

const keys = memoryKeys();

/** A log of as many runs, made by a platform that forgets. */
async function sealedStore(runs: number): Promise<Store> {
  const store = createInMemoryStore();
  await sealMore(store, runs);
  return store;
}

async function sealMore(store: Store, runs: number, lastCheckpoint?: CheckpointMemory): Promise<void> {
  const remembering: ReceiptKeys = lastCheckpoint === undefined ? keys : { ...keys, lastCheckpoint };
  await using fixture = await openFixture(store, remembering);
  for (let i = 0; i < runs; i++) await endRun(store);
  await fixture.receipts.flush();
}

function noteInMemory(): CheckpointMemory & { readonly note: () => string | undefined } {
  let note: string | undefined;
  return {
    file: "/keys/last-checkpoint",
    note: () => note,
    read: async () => note,
    remember: (newest) => (note = newest),
    close: async () => undefined,
  };
}

describe("a platform that remembers its last checkpoint", () => {
  it("starts on the log it knows, and on one that has grown since", async () => {
    const memory = noteInMemory();
    const store = await sealedStore(0);
    await sealMore(store, 300, memory);
    await sealMore(store, 0, memory);
    await sealMore(store, 300);
    await sealMore(store, 1, memory);
    expect(memory.note()).toBe(await store.receipts.checkpoint());
  });

  it("refuses a database that is an earlier state of itself, down to an empty one", async () => {
    const memory = noteInMemory();
    await sealMore(await sealedStore(0), 5, memory);
    for (const runs of [0, 2]) {
      const error = await sealMore(await sealedStore(runs), 0, memory).catch((cause: unknown) => cause);
      expect(error).toMatchObject({ reason: "LEDGER_ROLLED_BACK", retryable: false });
      expect(error).toMatchObject({ hint: expect.stringContaining("rm '/keys/last-checkpoint'") });
    }
  });

  it.each([5, 9])("refuses a database with another history of %i runs under the same keys", async (runs) => {
    const memory = noteInMemory();
    await sealMore(await sealedStore(0), 5, memory);
    await expect(sealMore(await sealedStore(runs), 0, memory)).rejects.toMatchObject({ reason: "LEDGER_FORKED" });
  });

  it("keeps it in a file, soon after each seal and at the latest at close", async () => {
    using folder = temporaryFolder("berth-checkpoint");
    const path = join(folder.path, "last-checkpoint");
    const memory = openCheckpointMemory(folder.path);
    expect(await memory.read()).toBeUndefined();
    memory.remember("one\n");
    memory.remember("two\n");
    await waitFor("the file", async () => (await readFile(path, "utf8").catch(() => "")) === "two\n");
    memory.remember("three\n");
    await memory.close();
    await memory.close();
    expect(await openCheckpointMemory(folder.path).read()).toBe("three\n");
  });

  it("says so when it cannot write the file, and writes it as soon as it can", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    try {
      using folder = temporaryFolder("berth-checkpoint");
      const keysFolder = join(folder.path, "keys");
      const logged: string[] = [];
      const memory = openCheckpointMemory(keysFolder, (line) => logged.push(line));
      memory.remember("one\n");
      await vi.advanceTimersByTimeAsync(500);
      await vi.waitFor(() => expect(logged).toEqual([expect.stringContaining("could not be written")]));
      await mkdir(keysFolder);
      await vi.advanceTimersByTimeAsync(5_000);
      await memory.close();
      expect(await memory.read()).toBe("one\n");
    } finally {
      vi.useRealTimers();
    }
  });

  it("says so when it cannot write the file, and goes on", async () => {
    const logged: string[] = [];
    const memory = openCheckpointMemory("/proc/no-such-folder", (line) => logged.push(line));
    memory.remember("one\n");
    await memory.close();
    expect(logged).toEqual([expect.stringContaining("could not be written")]);
  });
});

describe("a consistency proof", () => {
  it("shows that every earlier log is the beginning of the one of today", async () => {
    const store = createInMemoryStore();
    await using fixture = await openFixture(store, keys);
    const { receipts } = fixture;
    const heads = [];
    const vkey = (): string => JSON.parse(receipts.keys()).log.vkey;
    for (const runs of [1, 5, 250, 1, 300]) {
      for (let i = 0; i < runs; i++) await endRun(store);
      await receipts.flush();
      heads.push(await verifyCheckpoint((await receipts.checkpoint()) ?? "", parseVerifierKey(vkey())));
    }
    const today = heads.at(-1);
    if (today === undefined) throw new Error("no checkpoint");
    for (const { size, root } of heads) {
      const proof = await receipts.consistency(size);
      verifyConsistency({ fromSize: size, fromRoot: root, toSize: today.size, toRoot: today.root, proof });
    }
    await expect(receipts.consistency(today.size + 1)).rejects.toMatchObject({ reason: "INVALID_PARAMS" });
  });
});
