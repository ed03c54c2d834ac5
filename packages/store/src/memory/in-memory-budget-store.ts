import { MAX_LISTED_SPENDING } from "../budget-store.ts";
import type { BudgetStore, LimitRule, Spending, SpendingKey } from "../budget-store.ts";
import { plainRules, spendingKeyText } from "../kept-budgets.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryBudgetStore implements BudgetStore {
  readonly #state: InMemoryState;
  readonly #rules = new Map<string, readonly LimitRule[]>();
  readonly #spent = new Map<string, SpendingKey & Spending>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async rules(orgId: string): Promise<readonly LimitRule[]> {
    this.#state.assertOpen();
    return this.#rules.get(orgId) ?? [];
  }

  async setRules(orgId: string, rules: readonly LimitRule[]): Promise<void> {
    this.#state.assertOpen();
    this.#rules.set(orgId, plainRules(rules));
  }

  async add(spent: readonly (SpendingKey & Spending)[]): Promise<readonly Spending[]> {
    this.#state.assertOpen();
    const keys = spent.map(spendingKeyText);
    return spent.map(({ orgId, month, subject, id, ...more }, index) => {
      const key = keys[index] ?? "";
      const sum = add(this.#spent.get(key) ?? NOTHING, more);
      this.#spent.set(key, { orgId, month, subject, id, ...sum });
      return sum;
    });
  }

  async find(key: SpendingKey): Promise<Spending> {
    this.#state.assertOpen();
    const { calls, tokens, costMicros } = this.#spent.get(spendingKeyText(key)) ?? NOTHING;
    return { calls, tokens, costMicros };
  }

  async list(orgId: string, month: string): Promise<readonly (SpendingKey & Spending)[]> {
    this.#state.assertOpen();
    return [...this.#spent.values()]
      .filter((each) => each.orgId === orgId && each.month === month)
      .sort((a, b) => b.costMicros - a.costMicros || b.calls - a.calls || (a.id < b.id ? -1 : 1))
      .slice(0, MAX_LISTED_SPENDING);
  }
}

const NOTHING: Spending = { calls: 0, tokens: 0, costMicros: 0 };

function add(a: Spending, b: Spending): Spending {
  return { calls: a.calls + b.calls, tokens: a.tokens + b.tokens, costMicros: a.costMicros + b.costMicros };
}
