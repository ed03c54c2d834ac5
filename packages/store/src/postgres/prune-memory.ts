import { sql } from "kysely";
import type { Kysely } from "kysely";
import type { MemoryItemStore, MemorySpace } from "../memory-item-store.ts";
import { durably } from "./durably.ts";
import type { Database } from "./schema.ts";
import { removeMemory } from "./write-memory.ts";

/** Removes what has expired, space by space, then forgets old removals. Gives how many items it removed. */
export async function pruneMemory(
  db: Kysely<Database>,
  { now, forgetBefore, limit }: Parameters<MemoryItemStore["prune"]>[0],
): Promise<number> {
  const rows = await db
    .selectFrom("memory_items")
    .select(["org_id", "agent_id", "owner", "item_id"])
    .where("expires_at", "<=", now)
    .where("removed_at", "is", null)
    .orderBy("expires_at")
    .limit(limit)
    .execute();
  const bySpace = Map.groupBy(rows, (row) => JSON.stringify([row.org_id, row.agent_id, row.owner]));
  let removed = 0;
  for (const group of bySpace.values()) {
    const [first] = group;
    if (first === undefined) continue;
    const space: MemorySpace = { orgId: first.org_id, agentId: first.agent_id, owner: first.owner };
    const ids = group.map(({ item_id: itemId }) => itemId);
    removed += await durably(db, async (tx) => await removeMemory(tx, space, ids, { at: now, expired: true }));
  }
  await sql`with gone as (
      delete from memory_items where removed_at < ${forgetBefore} returning org_id, agent_id, owner, revision
    ), last as (
      select org_id, agent_id, owner, max(revision) as revision from gone group by org_id, agent_id, owner
    )
    update memory_spaces s set floor = greatest(s.floor, last.revision) from last
      where s.org_id = last.org_id and s.agent_id = last.agent_id and s.owner = last.owner`.execute(db);
  return removed;
}
