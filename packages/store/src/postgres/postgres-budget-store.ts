import { sql } from "kysely";
import type { Kysely } from "kysely";
import { MAX_LISTED_SPENDING } from "../budget-store.ts";
import type { BudgetStore, LimitRule, Spending, SpendingKey } from "../budget-store.ts";
import { spendingKeyText } from "../kept-budgets.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import type { Database } from "./schema.ts";

export class PostgresBudgetStore implements BudgetStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async rules(orgId: string): Promise<readonly LimitRule[]> {
    if (!isStorableText(orgId)) return [];
    const row = await this.#db
      .selectFrom("limit_rules")
      .select("record")
      .where("org_id", "=", orgId)
      .executeTakeFirst();
    // The text was made from rules by `setRules`.
    return row === undefined ? [] : (JSON.parse(row.record) as readonly LimitRule[]);
  }

  async setRules(orgId: string, rules: readonly LimitRule[], at: string): Promise<void> {
    requireStorableText({ orgId });
    const change = { updated_at: at, record: JSON.stringify(rules) };
    await this.#db
      .insertInto("limit_rules")
      .values({ org_id: orgId, ...change })
      .onConflict((conflict) => conflict.column("org_id").doUpdateSet(change))
      .execute();
  }

  async add(spent: readonly (SpendingKey & Spending)[]): Promise<readonly Spending[]> {
    if (spent.length === 0) return [];
    const keys = spent.map(spendingKeyText);
    // Always in one order, so that two of these never wait for each other.
    const rows = spent
      .map(({ orgId, month, subject, id, calls, tokens, costMicros }) => ({
        org_id: orgId,
        month,
        subject,
        id,
        calls,
        tokens,
        cost_micros: costMicros,
      }))
      .sort((a, b) => (spendingKeyText(toKey(a)) < spendingKeyText(toKey(b)) ? -1 : 1));
    const sums = await this.#db
      .insertInto("budget_spending")
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(["org_id", "month", "subject", "id"]).doUpdateSet({
          calls: sql`budget_spending.calls + excluded.calls`,
          tokens: sql`budget_spending.tokens + excluded.tokens`,
          cost_micros: sql`budget_spending.cost_micros + excluded.cost_micros`,
        }),
      )
      .returningAll()
      .execute();
    const byKey = new Map(sums.map((row) => [spendingKeyText(toKey(row)), toSpending(row)]));
    return keys.map((key) => byKey.get(key) ?? NOTHING);
  }

  async find({ orgId, month, subject, id }: SpendingKey): Promise<Spending> {
    if (![orgId, month, id].every(isStorableText)) return NOTHING;
    const row = await this.#db
      .selectFrom("budget_spending")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("month", "=", month)
      .where("subject", "=", subject)
      .where("id", "=", id)
      .executeTakeFirst();
    return row === undefined ? NOTHING : toSpending(row);
  }

  async list(orgId: string, month: string): Promise<readonly (SpendingKey & Spending)[]> {
    if (![orgId, month].every(isStorableText)) return [];
    const rows = await this.#db
      .selectFrom("budget_spending")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("month", "=", month)
      .orderBy("cost_micros", "desc")
      .orderBy("calls", "desc")
      .orderBy("id")
      .limit(MAX_LISTED_SPENDING)
      .execute();
    return rows.map((row) => ({ ...toKey(row), ...toSpending(row) }));
  }
}

const NOTHING: Spending = { calls: 0, tokens: 0, costMicros: 0 };

type Row = Database["budget_spending"];

function toKey({ org_id: orgId, month, subject, id }: Pick<Row, "org_id" | "month" | "subject" | "id">): SpendingKey {
  return { orgId, month, subject, id };
}

function toSpending({ calls, tokens, cost_micros: costMicros }: Row): Spending {
  return { calls, tokens, costMicros };
}
