import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { lockHome, openEmbeddedPostgres } from "../src/embedded/index.ts";
import { FileBlobStore } from "../src/files/index.ts";
import { openPostgresStore } from "../src/postgres/index.ts";
import { removeFolder, scratchFolder, scratchHome } from "./scratch.ts";
import { WriterProcess } from "./writer-process.ts";
import { expectDurable, parseAcknowledged } from "./written.ts";

const CALLERS = 16;

describe("what was acknowledged", () => {
  let folder = "";
  let home = "";
  const writers: WriterProcess[] = [];
  const startWriter = (): WriterProcess => {
    const writer = new WriterProcess(home, { callers: CALLERS });
    writers.push(writer);
    return writer;
  };

  beforeEach(async () => {
    folder = await scratchFolder();
    home = await scratchHome(folder);
  });

  afterEach(async () => {
    for (const writer of writers.splice(0)) await writer.kill("everybody");
    await removeFolder(folder);
  });

  it("is there after the writer and the whole server are killed in the middle of writes, three times", async () => {
    const lines: string[] = [];
    for (let round = 1; round <= 3; round++) {
      const writer = startWriter();
      // Another number each round, so that the kill meets other moments.
      await writer.acknowledged(150 * round + 37);
      await writer.kill("everybody");
      lines.push(...writer.lines);
    }
    await verify(lines);
  });

  it("is there after only the writer is killed, in the server that is adopted and stopped", async () => {
    const writer = startWriter();
    await writer.acknowledged(200);
    const pid = writer.postmasterPid();
    await writer.kill("writer");
    expect(writer.postmasterPid()).toBe(pid);
    const log = await verify(writer.lines);
    expect(log[0]).toContain(`adopted: pid ${pid}`);
    expect(log.at(-1)).toContain("stopped by SIGINT");
    expect(writer.serverPids()).toEqual([]);
  });

  it("belongs to one process: a second one is refused until the first is dead", async () => {
    const writer = startWriter();
    await writer.acknowledged(1);
    expect(() => lockHome(home)).toThrow(
      expect.objectContaining({ reason: "HOME_LOCKED", message: expect.stringContaining(`process ${writer.pid}`) }),
    );
    const second = new WriterProcess(home, { callers: 1 });
    await expect(second.acknowledged(1)).rejects.toThrow("HOME_LOCKED");
    await writer.kill("writer");
    lockHome(home).release();
  });

  async function verify(lines: readonly string[]): Promise<string[]> {
    const log: string[] = [];
    const lock = lockHome(home);
    const server = await openEmbeddedPostgres({ home, log: (line) => log.push(line) });
    const store = await openPostgresStore({ connection: server.connection });
    await expectDurable(store, new FileBlobStore(path.join(home, "blobs")), parseAcknowledged(lines));
    await store.close();
    await server.close();
    lock.release();
    return log;
  }
});
