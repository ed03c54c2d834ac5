import { expect, it } from "vitest";
import { AT, ORG } from "./contract-samples.ts";
import type { BudgetStore, SpendingKey } from "./budget-store.ts";
import type { Store } from "./store.ts";

/** Tests share one store: each uses ids of its own. */
export function budgetStoreContract(store: () => Store): void {
  const budgets = (): BudgetStore => store().budgets;
  const keyOf = (id: string, changes: Partial<SpendingKey> = {}): SpendingKey => ({
    orgId: ORG,
    month: "2026-11",
    subject: "principal",
    id,
    ...changes,
  });

  it("keeps an organization's rules as they were set last", async () => {
    expect(await budgets().rules("org_unruled")).toEqual([]);
    await budgets().setRules("org_ruled", [{ subject: "task", maxTokens: 5 }], AT);
    const rules = [
      { subject: "agent", id: "nul \u0000", callsPerMinute: 3, maxCostMicros: 9_000_000_000_000 },
    ] as const;
    await budgets().setRules("org_ruled", rules, AT);
    expect(await budgets().rules("org_ruled")).toEqual(rules);
    expect(await budgets().rules("org_other")).toEqual([]);
  });

  it("adds up, each month and each organization for itself, and says the sums in the order asked", async () => {
    const spent = { calls: 1, tokens: 20, costMicros: 300 };
    const [a, b] = [keyOf("sum_a"), keyOf("sum_b")];
    expect(
      await budgets().add([
        { ...b, ...spent, calls: 5 },
        { ...a, ...spent },
      ]),
    ).toEqual([{ ...spent, calls: 5 }, spent]);
    const doubled = { calls: 2, tokens: 40, costMicros: 600 };
    expect(
      await budgets().add([
        { ...a, ...spent },
        { ...keyOf("sum_a", { month: "2026-12" }), ...spent },
      ]),
    ).toEqual([doubled, spent]);
    expect(await budgets().find(a)).toEqual(doubled);
    const nothing = { calls: 0, tokens: 0, costMicros: 0 };
    expect(await budgets().find({ ...a, orgId: "org_elsewhere" })).toEqual(nothing);
    expect(await budgets().find({ ...a, subject: "agent" })).toEqual(nothing);
    expect(await budgets().add([])).toEqual([]);
  });

  it("loses nothing of what is added at the same time", async () => {
    const key = keyOf("together");
    await Promise.all(
      Array.from({ length: 20 }, async () => await budgets().add([{ ...key, calls: 1, tokens: 2, costMicros: 3 }])),
    );
    expect(await budgets().find(key)).toEqual({ calls: 20, tokens: 40, costMicros: 60 });
  });

  it("lists one month's spending, what cost most first", async () => {
    const orgId = "org_spending";
    const rows = [
      { ...keyOf("cheap", { orgId }), calls: 9, tokens: 0, costMicros: 1 },
      { ...keyOf("dear", { orgId, subject: "agent" }), calls: 1, tokens: 7, costMicros: 5_000_000 },
      { ...keyOf("late", { orgId, month: "2026-12" }), calls: 1, tokens: 0, costMicros: 0 },
    ] as const;
    await budgets().add(rows);
    expect(await budgets().list(orgId, "2026-11")).toEqual([rows[1], rows[0]]);
    expect(await budgets().list("nul \u0000", "2026-11")).toEqual([]);
  });

  it("refuses ids that no database takes", async () => {
    await expect(budgets().add([{ ...keyOf("nul \u0000"), calls: 1, tokens: 0, costMicros: 0 }])).rejects.toThrow();
  });
}
