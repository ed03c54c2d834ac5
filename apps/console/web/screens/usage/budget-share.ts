import { toMicros } from "./amount.ts";
import type { LimitRule, Spending } from "./usage-queries.ts";

export interface BudgetLine {
  readonly rule: LimitRule;
  /** Whose: a rule without an id holds for each of its kind. */
  readonly id: string;
  readonly what: "calls" | "tokens" | "cost";
  readonly used: string;
  readonly most: string;
  /** 0 to 1 and beyond. */
  readonly share: number;
}

/** Monthly budgets against what was used, the fullest first. Budgets of single tasks are no months'. */
export function budgetLines(rules: readonly LimitRule[], usage: readonly Spending[]): readonly BudgetLine[] {
  return rules
    .filter(({ subject }) => subject !== "task")
    .flatMap((rule) => usage.flatMap((spending) => linesOf(partFor(rule, spending, rules), rule, spending)))
    .toSorted((a, b) => b.share - a.share);
}

type Budget = Pick<LimitRule, "maxCalls" | "maxTokens" | "maxCost">;

/** What of a rule holds for one of its kind: a rule with an id goes before the one for all, number by number. */
function partFor(rule: LimitRule, { subject, id }: Spending, rules: readonly LimitRule[]): Budget {
  if (rule.subject !== subject || (rule.id !== undefined && rule.id !== id)) return {};
  const own = rule.id === undefined ? rules.find((other) => other.subject === subject && other.id === id) : undefined;
  return {
    ...(rule.maxCalls === undefined || own?.maxCalls !== undefined ? {} : { maxCalls: rule.maxCalls }),
    ...(rule.maxTokens === undefined || own?.maxTokens !== undefined ? {} : { maxTokens: rule.maxTokens }),
    ...(rule.maxCost === undefined || own?.maxCost !== undefined ? {} : { maxCost: rule.maxCost }),
  };
}

function linesOf({ maxCalls, maxTokens, maxCost }: Budget, rule: LimitRule, spending: Spending): readonly BudgetLine[] {
  const { id, calls, tokens, cost } = spending;
  return [
    ...(maxCalls === undefined ? [] : [countLine(rule, id, "calls", calls, maxCalls)]),
    ...(maxTokens === undefined ? [] : [countLine(rule, id, "tokens", tokens, maxTokens)]),
    ...(maxCost === undefined
      ? []
      : [
          {
            rule,
            id,
            what: "cost" as const,
            used: cost,
            most: maxCost,
            share: ratio(toMicros(cost), toMicros(maxCost)),
          },
        ]),
  ];
}

function countLine(rule: LimitRule, id: string, what: "calls" | "tokens", used: number, most: number): BudgetLine {
  const share = most === 0 ? 1 : used / most;
  return { rule, id, what, used: used.toLocaleString("en"), most: most.toLocaleString("en"), share };
}

function ratio(used = 0n, most = 0n): number {
  return most === 0n ? 1 : Number((used * 10_000n) / most) / 10_000;
}
