import { PlatformError } from "@berth/protocol";
import type { Kysely } from "kysely";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import type { WitnessPeer, WitnessStore, WitnessedLog } from "../witness-store.ts";
import { durably } from "./durably.ts";
import type { Database } from "./schema.ts";

export class PostgresWitnessStore implements WitnessStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async logs(): Promise<readonly WitnessedLog[]> {
    return await this.#db.selectFrom("witness_logs").selectAll().orderBy("origin").execute();
  }

  async log(origin: string): Promise<WitnessedLog | undefined> {
    if (!isStorableText(origin)) return undefined;
    return await this.#db.selectFrom("witness_logs").selectAll().where("origin", "=", origin).executeTakeFirst();
  }

  async addLog({ origin, vkey }: Pick<WitnessedLog, "origin" | "vkey">): Promise<void> {
    requireStorableText({ origin, vkey });
    const added = await this.#db
      .insertInto("witness_logs")
      .values({ origin, vkey, size: 0, root: "" })
      .onConflict((conflict) => conflict.column("origin").doNothing())
      .executeTakeFirst();
    if (added.numInsertedOrUpdatedRows === 1n) return;
    throw new PlatformError("STORE_CONFLICT", `The log ${origin} is witnessed already.`);
  }

  async removeLog(origin: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db
      .deleteFrom("witness_logs")
      .where("origin", "=", origin)
      .executeTakeFirst();
    return numDeletedRows === 1n;
  }

  async advance(
    origin: string,
    from: Pick<WitnessedLog, "size" | "root">,
    { size, root }: Pick<WitnessedLog, "size" | "root">,
  ): Promise<boolean> {
    return await durably(this.#db, async (tx) => {
      const { numUpdatedRows } = await tx
        .updateTable("witness_logs")
        .set({ size, root })
        .where("origin", "=", origin)
        .where("size", "=", from.size)
        .where("root", "=", from.root)
        .executeTakeFirst();
      return numUpdatedRows === 1n;
    });
  }

  async peers(): Promise<readonly WitnessPeer[]> {
    return await this.#db.selectFrom("witness_peers").selectAll().orderBy("vkey").execute();
  }

  async savePeer({ vkey, url }: WitnessPeer): Promise<void> {
    requireStorableText({ vkey, url });
    await this.#db
      .insertInto("witness_peers")
      .values({ vkey, url })
      .onConflict((conflict) => conflict.column("vkey").doUpdateSet({ url }))
      .execute();
  }

  async removePeer(vkey: string): Promise<boolean> {
    const { numDeletedRows } = await this.#db.deleteFrom("witness_peers").where("vkey", "=", vkey).executeTakeFirst();
    return numDeletedRows === 1n;
  }
}
