/**
 * A program that writes until it is killed: `node writer.ts HOME CALLERS`. After each acknowledgement it says so in one
 * line on stdout, `task ID SEQ` or `blob DIGEST`, written synchronously: what the parent reads was acknowledged.
 */
import { writeFileSync, writeSync } from "node:fs";
import path from "node:path";
import { lockHome, openEmbeddedPostgres } from "../src/embedded/index.ts";
import { FileBlobStore } from "../src/files/index.ts";
import { openPostgresStore } from "../src/postgres/index.ts";
import { complete, newTask } from "../src/contract-samples.ts";
import { EVENTS_PER_APPEND, LAST_SEQ, journalFor, noteAt } from "./written.ts";

const [home = "", callers = "1"] = process.argv.slice(2);
lockHome(home);
const server = await openEmbeddedPostgres({ home });
const store = await openPostgresStore({ connection: server.connection });
const blobs = new FileBlobStore(path.join(home, "blobs"));
// Never flushed: shows that a simulated power loss loses what it should.
writeFileSync(path.join(home, "canary"), "not flushed");

await Promise.all(Array.from({ length: Number(callers) }, async (_, i) => await write(`${process.pid}-${i}`)));

async function write(name: string): Promise<void> {
  for (let round = 0; ; round++) {
    const taskId = `${name}-${round}`;
    await store.tasks.create(newTask(taskId, { key: taskId }));
    writeSync(1, `task ${taskId} 1\n`);
    for (let seq = 1; seq < LAST_SEQ - 1; seq += EVENTS_PER_APPEND) {
      const events = Array.from({ length: EVENTS_PER_APPEND }, (_, i) => noteAt(taskId, seq + 1 + i));
      await store.tasks.append({ orgId: "org_1", taskId, expectedSeq: seq, events });
      writeSync(1, `task ${taskId} ${seq + EVENTS_PER_APPEND}\n`);
    }
    await store.tasks.append({ ...complete(taskId, LAST_SEQ - 1), journal: journalFor(taskId) });
    writeSync(1, `task ${taskId} ${LAST_SEQ}\n`);
    writeSync(1, `blob ${await blobs.put(Buffer.from(`blob of ${taskId}`))}\n`);
  }
}
