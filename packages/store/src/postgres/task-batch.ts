import type { Kysely } from "kysely";
import { emptyBook, keyOf } from "../task-book.ts";
import type { TaskChange } from "../task-book.ts";
import { durably } from "./durably.ts";
import type { Database } from "./schema.ts";
import { readBook } from "./read-book.ts";
import { writeChanges } from "./write-changes.ts";
import type { MergedChanges } from "./write-changes.ts";
import type { BatchItem } from "./write-pump.ts";

/**
 * One transaction for many writes: lock and read what they need, decide each in order, write what was decided. The
 * locks make the decisions hold until the commit, whichever other node writes to the same tasks.
 */
export async function commitBatch(db: Kysely<Database>, items: readonly BatchItem[]): Promise<void> {
  await durably(db, async (tx) => {
    const book = emptyBook();
    await readBook(
      tx,
      items.map((item) => item.write),
      book,
    );
    const changes = items.flatMap((item) => item.decide(book) ?? []);
    if (changes.length > 0) await writeChanges(tx, mergeChanges(changes), book);
  });
}

/** Several writes to one task become one row. */
function mergeChanges(changes: readonly TaskChange[]): MergedChanges {
  const created = new Map<string, TaskChange["record"]>();
  const updated = new Map<string, TaskChange["record"]>();
  for (const { record, created: isNew } of changes) {
    const key = keyOf(record.orgId, record.taskId);
    if (isNew || created.has(key)) created.set(key, record);
    else updated.set(key, record);
  }
  return { created: [...created.values()], updated: [...updated.values()], changes };
}
