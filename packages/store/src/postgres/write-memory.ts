import { sql } from "kysely";
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from "kysely";
import { assertMemoryQuota, memoryBytes, parseMemory, refreshedMemory } from "../kept-memory.ts";
import type { MemoryItem, MemoryItemStore, MemorySpace, MemoryVectors, SavedMemory } from "../memory-item-store.ts";
import type { Database } from "./schema.ts";

export interface MemorySave {
  readonly item: MemoryItem;
  readonly vectors: readonly MemoryVectors[];
  readonly model: string;
  readonly quota: Parameters<MemoryItemStore["save"]>[2]["quota"];
  readonly at: string;
}

/** Takes the space's turn; the caller is in a transaction. */
export async function saveMemory(
  tx: Kysely<Database>,
  { item, vectors, model, quota, at }: MemorySave,
): Promise<SavedMemory> {
  await sql`insert into memory_spaces (org_id, agent_id, owner, model, revision, floor, items, bytes)
    values (${item.orgId}, ${item.agentId}, ${item.owner}, ${model}, 0, 0, 0, 0)
    on conflict do nothing`.execute(tx);
  await lockSpace(tx, item);
  const prior = await currentOf(tx, item);
  if (prior?.digest === item.digest) return await refreshLocked(tx, item, prior);
  const bytes = memoryBytes(item);
  const grown = {
    items: prior === undefined ? 1 : 0,
    bytes: bytes - (prior === undefined ? 0 : memoryBytes(prior)),
  };
  if (prior !== undefined) await removeMemory(tx, item, [prior.itemId], { at });
  const space = await grow(tx, item, { items: 1, bytes });
  assertMemoryQuota(space, grown, quota);
  await tx
    .insertInto("memory_items")
    .values({
      org_id: item.orgId,
      item_id: item.itemId,
      agent_id: item.agentId,
      owner: item.owner,
      revision: space.revision,
      key: item.key ?? null,
      digest: item.digest,
      bytes,
      expires_at: item.expiresAt ?? null,
      removed_at: null,
      record: JSON.stringify(item),
    })
    .execute();
  await insertVectors(tx, item, vectors);
  return { item, outcome: prior === undefined ? "created" : "replaced" };
}

/** Undefined unless the same text is there. */
export async function refreshMemory(tx: Kysely<Database>, item: MemoryItem): Promise<SavedMemory | undefined> {
  if (!(await lockSpace(tx, item))) return undefined;
  const prior = await currentOf(tx, item);
  return prior?.digest === item.digest ? await refreshLocked(tx, item, prior) : undefined;
}

/** Gives how many there were. */
export async function removeMemory(
  tx: Kysely<Database>,
  space: MemorySpace,
  itemIds: readonly string[],
  { at, expired = false }: { readonly at: string; readonly expired?: boolean },
): Promise<number> {
  if (!(await lockSpace(tx, space))) return 0;
  let query = tx
    .selectFrom("memory_items")
    .select(["item_id", "bytes"])
    .where((eb) => inSpace(eb, space))
    .where("item_id", "=", sql<string>`any(${itemIds})`)
    .where("removed_at", "is", null);
  // Whoever saved it again meanwhile has given it more time.
  if (expired) query = query.where("expires_at", "<=", at);
  const rows = await query.execute();
  if (rows.length === 0) return 0;
  const ids = rows.map(({ item_id: itemId }) => itemId);
  const bytes = rows.reduce((sum, row) => sum + row.bytes, 0);
  // One revision each: it is by them that indexes count.
  const { revision } = await grow(tx, space, { items: -ids.length, bytes: -bytes, revisions: ids.length });
  await sql`update memory_items m
    set revision = ${revision - ids.length} + gone.place, key = null, bytes = 0, expires_at = null,
      removed_at = ${at}, record = ''
    from unnest(${ids}::text[]) with ordinality as gone (item_id, place)
    where m.org_id = ${space.orgId} and m.item_id = gone.item_id`.execute(tx);
  await sql`delete from memory_vectors where org_id = ${space.orgId} and item_id = any(${ids})`.execute(tx);
  return rows.length;
}

export async function insertVectors(
  tx: Kysely<Database>,
  { orgId, itemId }: Pick<MemoryItem, "orgId" | "itemId">,
  vectors: readonly MemoryVectors[],
): Promise<void> {
  for (const { model, bytes } of vectors) {
    // The driver sends a Buffer as bytes; of another Uint8Array it would make something else.
    const content = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    await tx
      .insertInto("memory_vectors")
      .values({ org_id: orgId, item_id: itemId, model, bytes: content })
      .onConflict((conflict) => conflict.columns(["org_id", "item_id", "model"]).doUpdateSet({ bytes: content }))
      .execute();
  }
}

export function inSpace(
  eb: ExpressionBuilder<Database, "memory_items">,
  { orgId, agentId, owner }: MemorySpace,
): Expression<SqlBool> {
  return eb.and([eb("memory_items.org_id", "=", orgId), eb("agent_id", "=", agentId), eb("owner", "=", owner)]);
}

export async function lockSpace(tx: Kysely<Database>, { orgId, agentId, owner }: MemorySpace): Promise<boolean> {
  const row = await tx
    .selectFrom("memory_spaces")
    .select("revision")
    .where("org_id", "=", orgId)
    .where("agent_id", "=", agentId)
    .where("owner", "=", owner)
    .forUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

async function grow(
  tx: Kysely<Database>,
  { orgId, agentId, owner }: MemorySpace,
  by: { readonly items: number; readonly bytes: number; readonly revisions?: number },
): Promise<{ readonly revision: number; readonly items: number; readonly bytes: number }> {
  return await tx
    .updateTable("memory_spaces")
    .set((eb) => ({
      revision: eb("revision", "+", by.revisions ?? 1),
      items: eb("items", "+", by.items),
      bytes: eb("bytes", "+", by.bytes),
    }))
    .where("org_id", "=", orgId)
    .where("agent_id", "=", agentId)
    .where("owner", "=", owner)
    .returning(["revision", "items", "bytes"])
    .executeTakeFirstOrThrow();
}

/** What a save of this item takes the place of. */
export async function currentOf(tx: Kysely<Database>, item: MemoryItem): Promise<MemoryItem | undefined> {
  const { key, digest } = item;
  const row = await tx
    .selectFrom("memory_items")
    .select("record")
    .where((eb) => inSpace(eb, item))
    .where("removed_at", "is", null)
    .where((eb) =>
      key === undefined ? eb.and([eb("key", "is", null), eb("digest", "=", digest)]) : eb("key", "=", key),
    )
    .executeTakeFirst();
  return row === undefined ? undefined : parseMemory(row.record);
}

async function refreshLocked(tx: Kysely<Database>, kept: MemoryItem, same: MemoryItem): Promise<SavedMemory> {
  const item = refreshedMemory(kept, same);
  const bytes = memoryBytes(item);
  const { revision } = await grow(tx, item, { items: 0, bytes: bytes - memoryBytes(same) });
  await tx
    .updateTable("memory_items")
    .set({ revision, bytes, expires_at: item.expiresAt ?? null, record: JSON.stringify(item) })
    .where("org_id", "=", item.orgId)
    .where("item_id", "=", item.itemId)
    .execute();
  return { item, outcome: "unchanged" };
}
