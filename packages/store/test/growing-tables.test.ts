import { Client } from "pg";
import { expect, it } from "vitest";
import { complete, newTask } from "../src/contract-samples.ts";
import { openEmbeddedPostgres } from "../src/embedded/index.ts";
import { openPostgresStore } from "../src/postgres/index.ts";
import type { Store } from "../src/store.ts";
import { removeFolder, scratchFolder, scratchHome } from "./scratch.ts";

const GROWTH = 200;
const MEASURED = 40;
const TASKS_AT_ONCE = 10;
/** A task is written twice; reading the table as it is by then would be 2,000 rows for each ten tasks. */
const MAX_READS_PER_TASK = 5;

it("finds tasks by their keys when a new database has grown, though its plans were made for empty tables", async () => {
  await using open = new AsyncDisposableStack();
  const folder = await scratchFolder();
  open.defer(async () => await removeFolder(folder));
  const embedded = await openEmbeddedPostgres({ home: await scratchHome(folder), log: () => undefined });
  open.defer(async () => await embedded.close());
  const store = open.use(await openPostgresStore({ connection: embedded.connection }));
  const client = new Client(embedded.connection);
  await client.connect();
  open.defer(async () => await client.end());

  await runTasks(store, 0, GROWTH);
  const before = await rowsRead(client, GROWTH);
  await runTasks(store, GROWTH, GROWTH + MEASURED);
  const after = await rowsRead(client, GROWTH + MEASURED);
  expect(after - before).toBeLessThan(MEASURED * TASKS_AT_ONCE * MAX_READS_PER_TASK);
});

async function runTasks(store: Store, from: number, to: number): Promise<void> {
  for (let round = from; round < to; round++) {
    const ids = Array.from({ length: TASKS_AT_ONCE }, (_, i) => `grow-${round}-${i}`);
    const [early, late] = [ids.slice(0, TASKS_AT_ONCE / 2), ids.slice(TASKS_AT_ONCE / 2)];
    const create = async (id: string): Promise<unknown> => await store.tasks.create(newTask(id));
    const end = async (id: string): Promise<unknown> => await store.tasks.append(complete(id, 1));
    // Each kind of batch has a statement and so a plan of its own: only new tasks, both, only appends.
    await Promise.all(early.map(create));
    await Promise.all([...late.map(create), ...early.map(end)]);
    await Promise.all(late.map(end));
  }
}

/** Rows of `tasks` that were looked at. The server counts late, but reads and writes of a session together. */
async function rowsRead(client: Client, rounds: number): Promise<number> {
  let read = 0;
  const updated = async (): Promise<number> => {
    const { rows } = await client.query<{ read: string; updated: string }>(
      `select coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0) as read, n_tup_upd as updated
       from pg_stat_user_tables where relname = 'tasks'`,
    );
    read = Number(rows[0]?.read);
    return Number(rows[0]?.updated);
  };
  await expect.poll(updated, { timeout: 30_000 }).toBe(rounds * TASKS_AT_ONCE);
  return read;
}
