import { describe, expect, it } from "vitest";
import type { FileVersion, WorkspaceStore } from "@berth/store";
import { InMemoryBlobStore, createInMemoryStore } from "@berth/store/memory";
import { ByteCollector, GRACE_MS } from "./byte-collector.ts";
import { digestOf } from "../receipts/node-sha256.ts";
import { StoredFiles } from "./stored-files.ts";
import { DEFAULT_WORKSPACE_LIMITS } from "./workspace-limits.ts";
import type { WorkspaceLimits } from "./workspace-limits.ts";

const BY = { id: "usr_1" };
const bytes = (text: string): Uint8Array => Buffer.from(text);

interface Opened<Blobs> {
  readonly store: WorkspaceStore;
  readonly files: StoredFiles;
  readonly collector: ByteCollector;
  readonly clock: { ms: number };
  readonly log: string[];
  readonly blobs: Blobs;
  write(path: string, text: string): Promise<FileVersion>;
  has(text: string): Promise<boolean>;
}

class SlowBlobStore extends InMemoryBlobStore {
  readonly deleting: PromiseWithResolvers<void> = Promise.withResolvers<void>();
  readonly mayDelete: PromiseWithResolvers<void> = Promise.withResolvers<void>();

  override async delete(digest: string): Promise<boolean> {
    this.deleting.resolve();
    await this.mayDelete.promise;
    return await super.delete(digest);
  }
}

function open<Blobs extends InMemoryBlobStore>(blobs: Blobs, quota: Partial<WorkspaceLimits> = {}): Opened<Blobs> {
  const store = createInMemoryStore().workspaces;
  const clock = { ms: Date.parse("2026-11-29T10:00:00Z") };
  const now = (): Date => new Date(clock.ms);
  const files = new StoredFiles({ store, blobs, limits: { ...DEFAULT_WORKSPACE_LIMITS, ...quota }, now });
  const log: string[] = [];
  const collector = new ByteCollector({ store, blobs, now, log: (line) => log.push(line) });
  return {
    store,
    files,
    collector,
    clock,
    log,
    blobs,
    write: async (path, text) => await files.write("org_1", BY, { path, content: bytes(text) }),
    has: async (text) => await blobs.has(digestOf(bytes(text))),
  };
}

describe("ByteCollector", () => {
  it("deletes what a refused write has left, after the grace, and nothing that a version names", async () => {
    const { collector, clock, write, has, files } = open(new InMemoryBlobStore(), { quota: { files: 1, bytes: 99 } });
    await write("a", "kept");
    await expect(write("b", "refused")).rejects.toMatchObject({ reason: "QUOTA_EXCEEDED" });
    clock.ms += GRACE_MS;
    await collector.collect();
    expect(await has("refused")).toBe(true);
    clock.ms += 1;
    await collector.collect();
    expect([await has("refused"), await has("kept")]).toEqual([false, true]);
    expect(await files.usage("org_1")).toEqual({ files: 1, bytes: 4, released: 0 });
  });

  it("bounds what a file that is written again and again takes, in more than one batch", async () => {
    const { collector, clock, write, files } = open(new InMemoryBlobStore());
    for (let n = 0; n < 350; n++) await write("a", `content ${String(n).padStart(3, "0")}`);
    clock.ms += GRACE_MS + 1;
    await collector.collect();
    expect(await files.usage("org_1")).toEqual({ files: 1, bytes: 100 * "content 000".length, released: 0 });
  });

  it("never takes bytes that are written again while it deletes them", async () => {
    const { collector, clock, write, has, files, blobs } = open(new SlowBlobStore());
    await write("a", "same");
    await files.remove("org_1", BY, "a", { history: true });
    clock.ms += GRACE_MS + 1;
    const collecting = collector.collect();
    await blobs.deleting.promise;
    const writing = write("b", "same");
    blobs.mayDelete.resolve();
    await Promise.all([collecting, writing]);
    expect(await has("same")).toBe(true);
    expect(Buffer.from((await files.read("org_1", "b")).content).toString()).toBe("same");
  });

  it("may run beside another one", async () => {
    const { collector, store, blobs, clock, write, has, files } = open(new InMemoryBlobStore());
    await write("a", "1");
    await files.remove("org_1", BY, "a", { history: true });
    clock.ms += GRACE_MS + 1;
    const second = new ByteCollector({ store, blobs, now: () => new Date(clock.ms), log: () => undefined });
    await Promise.all([collector.collect(), second.collect()]);
    expect(await has("1")).toBe(false);
    expect(await files.usage("org_1")).toEqual({ files: 0, bytes: 0, released: 0 });
  });

  it("says when it cannot delete, tries again, and stops when it is closed", async () => {
    const { collector, store, clock, log, write, files } = open(new InMemoryBlobStore());
    await write("a", "1");
    await files.remove("org_1", BY, "a", { history: true });
    clock.ms += GRACE_MS + 1;
    const broken = new ByteCollector({
      store,
      blobs: { delete: async () => await Promise.reject(new Error("disk")) },
      now: () => new Date(clock.ms),
      log: (line) => log.push(line),
    });
    await broken.collect();
    expect(log).toEqual([expect.stringContaining("disk")]);
    await collector.close();
    await collector.collect();
    expect(await files.usage("org_1")).toMatchObject({ released: 1 });
  });
});
