import type { Kysely } from "kysely";
import type { AnchorRecord, AnchorStore } from "../anchor-store.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import { durably } from "./durably.ts";
import type { Database } from "./schema.ts";

export class PostgresAnchorStore implements AnchorStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async append(anchor: AnchorRecord): Promise<void> {
    const { sink, checkpoint, evidence } = anchor;
    requireStorableText({ sink, checkpoint, evidence });
    await durably(this.#db, async (tx) => {
      await tx
        .insertInto("anchors")
        .values(anchor)
        .onConflict((conflict) => conflict.columns(["sink", "size"]).doNothing())
        .execute();
    });
  }

  async list(limit: number): Promise<readonly AnchorRecord[]> {
    const rows = this.#db.selectFrom("anchors").selectAll().orderBy("size", "desc").orderBy("sink");
    return await rows.limit(limit).execute();
  }

  async newest(sink: string): Promise<AnchorRecord | undefined> {
    if (!isStorableText(sink)) return undefined;
    const rows = this.#db.selectFrom("anchors").selectAll().where("sink", "=", sink).orderBy("size", "desc");
    return await rows.limit(1).executeTakeFirst();
  }
}
