import { PlatformError } from "@berth/protocol";
import type { Kysely } from "kysely";
import { webhookAsKept } from "../kept-records.ts";
import { isStorableText } from "../storable-text.ts";
import { MAX_LISTED_WEBHOOKS } from "../webhook-store.ts";
import type { WebhookRecord, WebhookStore } from "../webhook-store.ts";
import type { Database } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";

export class PostgresWebhookStore implements WebhookStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async insert(webhook: WebhookRecord): Promise<void> {
    const kept = webhookAsKept(webhook);
    const row = {
      org_id: kept.orgId,
      webhook_id: kept.webhookId,
      agent_id: kept.agentId,
      created_at: kept.createdAt,
      record: JSON.stringify(kept),
    };
    try {
      await this.#db.insertInto("webhooks").values(row).execute();
    } catch (error) {
      if (sqlStateOf(error) !== SqlState.UniqueViolation) throw error;
      throw new PlatformError("STORE_CONFLICT", `There is a webhook ${kept.webhookId} already.`, { cause: error });
    }
  }

  async find(webhookId: string): Promise<WebhookRecord | undefined> {
    if (!isStorableText(webhookId)) return undefined;
    const row = await this.#db
      .selectFrom("webhooks")
      .select("record")
      .where("webhook_id", "=", webhookId)
      .executeTakeFirst();
    return row === undefined ? undefined : toWebhook(row.record);
  }

  async list(orgId: string, agentId: string): Promise<readonly WebhookRecord[]> {
    const rows = await this.#db
      .selectFrom("webhooks")
      .select("record")
      .where("org_id", "=", orgId)
      .where("agent_id", "=", agentId)
      .orderBy("created_at", "desc")
      .orderBy("webhook_id", "desc")
      .limit(MAX_LISTED_WEBHOOKS)
      .execute();
    return rows.map((row) => toWebhook(row.record));
  }

  async remove(orgId: string, webhookId: string): Promise<boolean> {
    if (!isStorableText(orgId) || !isStorableText(webhookId)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("webhooks")
      .where("org_id", "=", orgId)
      .where("webhook_id", "=", webhookId)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }
}

function toWebhook(record: string): WebhookRecord {
  // The text was made from a WebhookRecord by `insert`.
  return JSON.parse(record) as WebhookRecord;
}
