import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openEmbeddedPostgres } from "../src/embedded/index.ts";
import { FileBlobStore } from "../src/files/index.ts";
import { openPostgresStore } from "../src/postgres/index.ts";
import { LoopDisk, canMountLoop } from "./loop-disk.ts";
import { removeFolder, scratchFolder, scratchHome } from "./scratch.ts";
import { flushedBetweenAcknowledgements } from "./strace-log.ts";
import { WriterProcess } from "./writer-process.ts";
import { expectDurable, parseAcknowledged } from "./written.ts";

let folder = "";
let writer: WriterProcess | undefined;
const disks: LoopDisk[] = [];

beforeEach(async () => {
  folder = await scratchFolder();
});

afterEach(async () => {
  await writer?.kill("everybody");
  writer = undefined;
  for (const disk of disks.splice(0)) await disk.unmount();
  await removeFolder(folder);
});

// A disk that loses power needs a disk of our own (root, loop devices); where there is none, the system calls must do.
if (canMountLoop()) {
  describe("when the power fails (loop disk)", () => {
    it("keeps every acknowledged event and blob, and no half of one", async () => {
      const disk = mounted(new LoopDisk(path.join(folder, "disk.img"), path.join(folder, "disk")));
      disk.format();
      disk.mount();
      const home = path.join(disk.folder, "home");
      mkdirSync(home, { mode: 0o755 });
      writer = new WriterProcess(home, { callers: 16 });
      await writer.acknowledged(300);
      writer.signal("SIGSTOP", "everybody");
      const copy = mounted(disk.copyAsIs(path.join(folder, "copy.img"), path.join(folder, "copy")));
      await writer.kill("everybody");
      copy.mount();
      const survived = path.join(copy.folder, "home");
      // What nobody flushed is lost: this is a power loss and not merely a crash.
      const canary = path.join(survived, "canary");
      expect(existsSync(canary) ? readFileSync(canary, "utf8") : "").toBe("");
      const server = await openEmbeddedPostgres({ home: survived });
      const store = await openPostgresStore({ connection: server.connection });
      const acknowledged = parseAcknowledged(writer.lines);
      expect(acknowledged.lastSeqOf.size).toBeGreaterThan(16);
      try {
        await expectDurable(store, new FileBlobStore(path.join(survived, "blobs")), acknowledged);
      } finally {
        await store.close();
        await server.close();
      }
    });
  });
}

if (canTrace()) {
  describe("before it acknowledges (strace)", () => {
    it("flushes the write-ahead log for each write, and blob and folder for each blob", async () => {
      const home = await scratchHome(folder);
      const log = path.join(folder, "trace");
      const calls = "trace=fsync,fdatasync,write,rename,renameat,renameat2";
      writer = new WriterProcess(home, { callers: 1, under: ["strace", "-f", "-y", "-e", calls, "-o", log] });
      await writer.acknowledged(40);
      await writer.kill("everybody");
      const { tasks, blobs, unflushed } = flushedBetweenAcknowledgements(readFileSync(log, "utf8"));
      expect(unflushed).toEqual([]);
      expect(tasks).toBeGreaterThan(20);
      expect(blobs).toBeGreaterThan(2);
    });
  });
}

describe("the embedded server", () => {
  it("runs with every setting that durability depends on", async () => {
    const server = await openEmbeddedPostgres({ home: await scratchHome(folder) });
    const { Client } = await import("pg");
    const client = new Client(server.connection);
    await client.connect();
    try {
      const { rows } = await client.query(
        'select name, setting from pg_settings where name = any($1) order by name collate "C"',
        [["fsync", "synchronous_commit", "full_page_writes", "data_checksums"]],
      );
      expect(rows.map((row) => `${row.name}=${row.setting}`)).toEqual([
        "data_checksums=on",
        "fsync=on",
        "full_page_writes=on",
        "synchronous_commit=on",
      ]);
    } finally {
      await client.end();
      await server.close();
    }
  });
});

function mounted(disk: LoopDisk): LoopDisk {
  disks.push(disk);
  return disk;
}

function canTrace(): boolean {
  try {
    execFileSync("strace", ["-f", "-o", "/dev/null", "true"], { stdio: "ignore", timeout: 10_000 });
    return true;
  } catch {
    return false;
  }
}
