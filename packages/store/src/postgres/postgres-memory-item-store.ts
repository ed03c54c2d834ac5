import { sql } from "kysely";
import type { Expression, ExpressionBuilder, Kysely, SqlBool } from "kysely";
import { memoryAsKept, parseMemory } from "../kept-memory.ts";
import type {
  MemoryChange,
  MemoryItem,
  MemoryItemStore,
  MemorySpace,
  MemorySpaceState,
  MemoryVectors,
  SavedMemory,
} from "../memory-item-store.ts";
import { boundPageSize } from "../page-token.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import { durably } from "./durably.ts";
import { toSpaceState } from "./memory-tables.ts";
import { pruneMemory } from "./prune-memory.ts";
import type { Database } from "./schema.ts";
import {
  currentOf,
  inSpace,
  insertVectors,
  lockSpace,
  refreshMemory,
  removeMemory,
  saveMemory,
} from "./write-memory.ts";

export class PostgresMemoryItemStore implements MemoryItemStore {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async space(space: MemorySpace): Promise<MemorySpaceState | undefined> {
    if (!isStorable(space)) return undefined;
    const row = await this.#db
      .selectFrom("memory_spaces")
      .selectAll()
      .where("org_id", "=", space.orgId)
      .where("agent_id", "=", space.agentId)
      .where("owner", "=", space.owner)
      .executeTakeFirst();
    return row === undefined ? undefined : toSpaceState(row);
  }

  async spaces(
    orgId: string,
    agentId: string,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly MemorySpaceState[]> {
    if (![orgId, agentId, after ?? ""].every(isStorableText)) return [];
    let query = this.#db
      .selectFrom("memory_spaces")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("agent_id", "=", agentId);
    if (after !== undefined) query = query.where("owner", ">", after);
    return (await query.orderBy("owner").limit(boundPageSize(limit)).execute()).map(toSpaceState);
  }

  async refresh(item: MemoryItem): Promise<SavedMemory | undefined> {
    const kept = memoryAsKept(item);
    // Most texts are new: they need no transaction to be told so.
    if ((await currentOf(this.#db, kept))?.digest !== kept.digest) return undefined;
    return await durably(this.#db, async (tx) => await refreshMemory(tx, kept));
  }

  async save(
    item: MemoryItem,
    vectors: readonly MemoryVectors[],
    options: Parameters<MemoryItemStore["save"]>[2],
  ): Promise<SavedMemory> {
    const kept = memoryAsKept(item);
    requireStorableText({ model: options.model });
    const at = this.#now().toISOString();
    return await durably(this.#db, async (tx) => await saveMemory(tx, { ...options, item: kept, vectors, at }));
  }

  async setEvent({ orgId, itemId }: Pick<MemoryItem, "orgId" | "itemId">, eventSeq: number): Promise<void> {
    await durably(this.#db, async (tx) => {
      const row = await tx
        .selectFrom("memory_items")
        .select("record")
        .where("org_id", "=", orgId)
        .where("item_id", "=", itemId)
        .where("removed_at", "is", null)
        .forUpdate()
        .executeTakeFirst();
      if (row === undefined) return;
      await tx
        .updateTable("memory_items")
        .set({ record: JSON.stringify({ ...parseMemory(row.record), eventSeq }) })
        .where("org_id", "=", orgId)
        .where("item_id", "=", itemId)
        .execute();
    });
  }

  async get(space: MemorySpace, itemIds: readonly string[]): Promise<readonly MemoryItem[]> {
    const ids = itemIds.filter(isStorableText);
    if (ids.length === 0 || !isStorable(space)) return [];
    return await this.#items(space, (eb) => eb("item_id", "=", sql<string>`any(${ids})`), ids.length);
  }

  async findKey(space: MemorySpace, key: string): Promise<MemoryItem | undefined> {
    if (!isStorable(space) || !isStorableText(key)) return undefined;
    const [found] = await this.#items(space, (eb) => eb("key", "=", key), 1);
    return found;
  }

  async list(
    space: MemorySpace,
    { after, limit }: { readonly after?: string; readonly limit: number },
  ): Promise<readonly MemoryItem[]> {
    if (!isStorable(space) || !isStorableText(after ?? "")) return [];
    return await this.#items(
      space,
      (eb) => (after === undefined ? eb.val(true) : eb("item_id", "<", after)),
      boundPageSize(limit),
    );
  }

  async remove(space: MemorySpace, itemIds: readonly string[]): Promise<number> {
    const ids = itemIds.filter(isStorableText);
    if (ids.length === 0 || !isStorable(space)) return 0;
    const at = this.#now().toISOString();
    return await durably(this.#db, async (tx) => await removeMemory(tx, space, ids, { at }));
  }

  async changes(
    space: MemorySpace,
    { model, after, limit }: Parameters<MemoryItemStore["changes"]>[1],
  ): Promise<readonly MemoryChange[]> {
    if (!isStorable(space) || !isStorableText(model)) return [];
    const rows = await this.#db
      .selectFrom("memory_items")
      .leftJoin("memory_vectors", (join) =>
        join
          .onRef("memory_vectors.org_id", "=", "memory_items.org_id")
          .onRef("memory_vectors.item_id", "=", "memory_items.item_id")
          .on("memory_vectors.model", "=", model),
      )
      .select(["memory_items.item_id", "revision", "removed_at", "record", "memory_vectors.bytes as vectors"])
      .where("memory_items.org_id", "=", space.orgId)
      .where("agent_id", "=", space.agentId)
      .where("owner", "=", space.owner)
      .where("revision", ">", after)
      .orderBy("revision")
      .limit(boundPageSize(limit))
      .execute();
    return rows.map(({ item_id: itemId, revision, removed_at: removedAt, record, vectors }) =>
      removedAt !== null
        ? { revision, itemId }
        : { revision, item: parseMemory(record), ...(vectors === null ? {} : { vectors }) },
    );
  }

  async prune(options: Parameters<MemoryItemStore["prune"]>[0]): Promise<number> {
    return await pruneMemory(this.#db, options);
  }

  async staleSpaces(model: string, limit: number): Promise<readonly MemorySpaceState[]> {
    const rows = await this.#db
      .selectFrom("memory_spaces")
      .selectAll()
      .where("model", "<>", model)
      .limit(limit)
      .execute();
    return rows.map(toSpaceState);
  }

  async unembedded(space: MemorySpace, model: string, limit: number): Promise<readonly MemoryItem[]> {
    return await this.#items(space, (eb) => eb.not(eb.exists(vectorsOf(eb, model))), limit);
  }

  async addVectors(item: Pick<MemoryItem, "orgId" | "itemId">, vectors: MemoryVectors): Promise<void> {
    await durably(this.#db, async (tx) => {
      const row = await tx
        .selectFrom("memory_items")
        .select("item_id")
        .where("org_id", "=", item.orgId)
        .where("item_id", "=", item.itemId)
        .where("removed_at", "is", null)
        .forUpdate()
        .executeTakeFirst();
      if (row !== undefined) await insertVectors(tx, item, [vectors]);
    });
  }

  async switchModel(space: MemorySpace, model: string): Promise<boolean> {
    return await durably(this.#db, async (tx) => {
      // A statement of its own: what the next one sees was committed before it had the turn.
      await lockSpace(tx, space);
      const switched = await tx
        .updateTable("memory_spaces")
        .set((eb) => ({ model, revision: eb("revision", "+", 1), floor: eb("revision", "+", 1) }))
        .where("org_id", "=", space.orgId)
        .where("agent_id", "=", space.agentId)
        .where("owner", "=", space.owner)
        .where((eb) =>
          eb.not(
            eb.exists(
              eb
                .selectFrom("memory_items")
                .select("memory_items.item_id")
                .where((item) => inSpace(item, space))
                .where("removed_at", "is", null)
                .where((item) => item.not(item.exists(vectorsOf(item, model)))),
            ),
          ),
        )
        .executeTakeFirst();
      if (switched.numUpdatedRows === 0n) return false;
      await sql`delete from memory_vectors v using memory_items i
        where i.org_id = ${space.orgId} and i.agent_id = ${space.agentId} and i.owner = ${space.owner}
          and v.org_id = i.org_id and v.item_id = i.item_id and v.model <> ${model}`.execute(tx);
      return true;
    });
  }

  async #items(
    space: MemorySpace,
    matches: (eb: ExpressionBuilder<Database, "memory_items">) => Expression<SqlBool>,
    limit: number,
  ): Promise<readonly MemoryItem[]> {
    const rows = await this.#db
      .selectFrom("memory_items")
      .select("record")
      .where((eb) => inSpace(eb, space))
      .where("removed_at", "is", null)
      .where(matches)
      .orderBy("item_id", "desc")
      .limit(limit)
      .execute();
    return rows.map(({ record }) => parseMemory(record));
  }
}

function isStorable({ orgId, agentId, owner }: MemorySpace): boolean {
  return [orgId, agentId, owner].every(isStorableText);
}

function vectorsOf(eb: ExpressionBuilder<Database, "memory_items">, model: string): Expression<unknown> {
  return eb
    .selectFrom("memory_vectors")
    .select("memory_vectors.model")
    .whereRef("memory_vectors.org_id", "=", "memory_items.org_id")
    .whereRef("memory_vectors.item_id", "=", "memory_items.item_id")
    .where("memory_vectors.model", "=", model);
}
