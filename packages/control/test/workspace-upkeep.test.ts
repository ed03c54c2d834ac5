import { chmod, mkdir, readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { isPlatformError } from "@berth/protocol";
import { openEmbeddedPostgres } from "@berth/store/embedded";
import { FileBlobStore } from "@berth/store/files";
import { openPostgresStore } from "@berth/store/postgres";
import type { Store } from "@berth/store";
import { temporaryFolder } from "@berth/testing";
import { afterAll, beforeAll, expect, it } from "vitest";
import { ByteCollector, GRACE_MS } from "../src/workspaces/byte-collector.ts";
import { StoredFiles } from "../src/workspaces/stored-files.ts";
import { DEFAULT_WORKSPACE_LIMITS } from "../src/workspaces/workspace-limits.ts";

const MIB = 1024 * 1024;
const KEPT = 100;
const BY = { id: "spiffe://localhost/agent/writer", runId: "task_1" };

const resources = new AsyncDisposableStack();
let folder = "";
let store: Store;

beforeAll(async () => {
  folder = resources.use(temporaryFolder("berth-upkeep-")).path;
  await chmod(folder, 0o755);
  const home = join(folder, "home");
  await mkdir(home, { mode: 0o755 });
  const server = await openEmbeddedPostgres({ home, log: () => undefined });
  resources.defer(async () => await server.close());
  store = resources.use(await openPostgresStore({ connection: server.connection, poolSize: 8 }));
});
afterAll(async () => await resources.disposeAsync());

it("a file of 1 MiB that is rewritten 500 times leaves the versions that are kept on the disk, and no more", async () => {
  const blobs = join(folder, "rewritten");
  const { files, collect } = open(blobs);
  const content = Buffer.alloc(MIB);
  for (let n = 0; n < 500; n++) {
    content.writeUInt32LE(n);
    await files.write("org_rewriting", BY, { path: "state.bin", content });
  }
  await collect();
  expect(await bytesBelow(blobs)).toBe(KEPT * MIB);
  expect(await files.usage("org_rewriting")).toEqual({ files: 1, bytes: KEPT * MIB, released: 0 });
  const history = await files.history("org_rewriting", "state.bin", 1_000);
  expect([history.length, history[0]?.version]).toEqual([KEPT, 500]);
  for (const { path, version } of history) await files.read("org_rewriting", path, version);
});

it("writes of the same content while it is collected never lose its bytes, with two collectors and no grace", async () => {
  const { files, collect } = open(join(folder, "raced"));
  const rest = open(join(folder, "raced"));
  const contents = ["a", "b", "c"].map((text) => Buffer.from(`raced ${text}`));
  let writing = true;
  const writer = async (name: string): Promise<void> => {
    for (let n = 0; n < 60; n++) {
      const content = contents[n % contents.length] ?? Buffer.alloc(0);
      const path = `${name}-${n % 2}`;
      try {
        await files.write(`org_${name}`, BY, { path, content });
      } catch (error) {
        // Collected between the reservation and the version, which without a grace may be.
        if (!isPlatformError(error) || !error.retryable) throw error;
        continue;
      }
      if (n % 3 === 0) await files.remove(`org_${name}`, BY, path, { history: true });
    }
  };
  const collector = async (collectOnce: () => Promise<void>): Promise<void> => {
    while (writing) await collectOnce();
  };
  const collecting = [collector(collect), collector(rest.collect)];
  await Promise.all(["one", "two"].map(writer)).finally(() => (writing = false));
  await Promise.all(collecting);
  for (const orgId of ["org_one", "org_two"]) {
    const present = await files.list(orgId, "", { limit: 10 });
    expect(present.length).toBeGreaterThan(0);
    for (const { path } of present) {
      for (const { version, digest } of await files.history(orgId, path, 1_000)) {
        if (digest !== undefined) await files.read(orgId, path, version);
      }
    }
    await collect();
    expect(await files.usage(orgId)).toMatchObject({ released: 0 });
  }
});

interface Opened {
  readonly files: StoredFiles;
  /** As it will be once the grace of everything is over. */
  collect(): Promise<void>;
}

function open(blobFolder: string): Opened {
  const blobs = new FileBlobStore(blobFolder);
  const workspaces = store.workspaces;
  const collector = new ByteCollector({
    store: workspaces,
    blobs,
    now: () => new Date(Date.now() + GRACE_MS + 60_000),
    log: (line) => {
      throw new Error(line);
    },
  });
  return {
    files: new StoredFiles({ store: workspaces, blobs, limits: DEFAULT_WORKSPACE_LIMITS, now: () => new Date() }),
    collect: async () => await collector.collect(),
  };
}

async function bytesBelow(root: string): Promise<number> {
  const entries = await readdir(root, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(file.parentPath, file.name))).size));
  return sizes.reduce((sum, size) => sum + size, 0);
}
