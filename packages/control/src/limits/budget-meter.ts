import type { PlatformError } from "@berth/protocol";
import type { BudgetStore, LimitRule, LimitSubject, Spending, SpendingKey } from "@berth/store";
import { budgetExceeded, callTooLarge } from "./limit-errors.ts";
import { monthOf, secondsToNextMonth } from "./month.ts";
import { SpendingBook } from "./spending-book.ts";
import type { Log } from "./spending-book.ts";
import { ruleFor } from "./limit-rules.ts";

/** The most that one run may use. Absent: as much as it likes. */
export interface RunBudget {
  readonly maxCalls?: number;
  readonly maxTokens?: number;
  readonly maxCostMicros?: number;
}

/** Whose run it is. */
export interface BudgetedRun {
  readonly orgId: string;
  readonly taskId: string;
  readonly principalId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly budget: RunBudget;
}

export type Amounts = Partial<Spending>;

/** Who uses something that may belong to no run: an agent by itself, or the platform for an organization. */
export type Spender = Pick<BudgetedRun, "orgId"> & Partial<Omit<BudgetedRun, "orgId" | "budget">>;

/** What a call that is under way may still use. */
interface Held {
  readonly taskId: string | undefined;
  readonly keys: ReadonlySet<string>;
  readonly tokens: number;
  readonly costMicros: number;
}

interface OpenRun extends BudgetedRun {
  spent: Spending;
}

export interface BudgetMeterOptions {
  readonly budgets: BudgetStore;
  readonly now: () => Date;
  readonly rules: (orgId: string) => Promise<readonly LimitRule[]>;
  /** A run has used more than it may. Called once for each charge that finds it so; never throws. */
  readonly onExceeded: (taskId: string, error: PlatformError) => void;
  readonly log?: Log;
}

/** Runs whose counts are remembered; a run beyond it that still goes on begins to count anew. */
const MAX_RUNS = 20_000;
const UNITS = [
  { unit: "calls", most: "maxCalls", spent: "calls" },
  { unit: "tokens", most: "maxTokens", spent: "tokens" },
  { unit: "cost", most: "maxCostMicros", spent: "costMicros" },
] as const;

/**
 * Counts what runs use, against the month's budgets of organization, principal and agent and against the run's own. Life:
 * `begin` for each accepted call, `resume` where its run goes on without one, `charge` for what its run uses, `end`; `close` writes what is not written yet.
 */
export class BudgetMeter {
  readonly #options: BudgetMeterOptions;
  readonly #book: SpendingBook;
  readonly #runs = new Map<string, OpenRun>();
  readonly #held = new Set<Held>();

  constructor(options: BudgetMeterOptions) {
    this.#options = options;
    this.#book = new SpendingBook(options);
  }

  /** Whether one more call fits into the month. Counts nothing. @throws BUDGET_EXCEEDED */
  async assertRoom(run: Omit<BudgetedRun, "budget" | "taskId">): Promise<void> {
    const over = await this.#overMonth(run, 1);
    if (over !== undefined) throw over;
  }

  /** One call was accepted. A run that is known keeps its counts and gets this budget; of another `spent` is what it used before. */
  begin(run: BudgetedRun, spent?: Spending): void {
    this.#open(run, spent);
    this.#book.add(this.#keysOf(run), { calls: 1 });
  }

  /** A run goes on that was accepted before, perhaps by an earlier process. */
  resume(run: BudgetedRun, spent: Spending): void {
    this.#open(run, spent);
  }

  /**
   * What a run used since the last charge; `calls` are its own calls to other agents, which count for the month when
   * they are accepted. Gives why the run must end, and has told so.
   */
  async charge({ taskId }: Pick<BudgetedRun, "taskId">, amounts: Amounts): Promise<PlatformError | undefined> {
    const run = this.#runs.get(taskId);
    if (run === undefined) return undefined;
    const { calls = 0, tokens = 0, costMicros = 0 } = amounts;
    run.spent = {
      calls: run.spent.calls + calls,
      tokens: run.spent.tokens + tokens,
      costMicros: run.spent.costMicros + costMicros,
    };
    if (tokens !== 0 || costMicros !== 0) this.#book.add(this.#keysOf(run), { tokens, costMicros });
    const error = overRun(run) ?? (calls === 0 ? await this.#overMonth(run, 0) : undefined);
    if (error !== undefined) this.#options.onExceeded(taskId, error);
    return error;
  }

  /** Whether charges of this run are counted. */
  isOpen(taskId: string): boolean {
    return this.#runs.has(taskId);
  }

  /**
   * Before something is used: the most that it may be must fit into what the run and the month have left, beside what
   * other calls hold. Held until it is let go, which is when the real amounts were charged. @throws BUDGET_EXCEEDED
   */
  async hold(spender: Spender, most: { readonly tokens: number; readonly costMicros: number }): Promise<() => void> {
    const keys = this.#keysOf(spender);
    const mine: Held = { ...most, taskId: spender.taskId, keys: new Set(keys.map(keyText)) };
    // Held before anything is waited for: two calls that each fit must not both pass.
    this.#held.add(mine);
    try {
      const run = spender.taskId === undefined ? undefined : this.#runs.get(spender.taskId);
      if (run !== undefined) {
        const held = this.#sumHeld(({ taskId }) => taskId === run.taskId);
        assertFits("task", run.budget, { spent: run.spent, held, most });
      }
      const rules = await this.#options.rules(spender.orgId);
      for (const key of keys) {
        const rule = ruleFor(rules, key.subject, key.subject === "agent" ? spender.agentName : key.id);
        if (rule.maxTokens === undefined && rule.maxCostMicros === undefined) continue;
        const spent = await this.#book.spent(key);
        const held = this.#sumHeld((other) => other.keys.has(keyText(key)));
        const resetSeconds = secondsToNextMonth(this.#options.now());
        assertFits(key.subject, rule, { spent, held, most, resetSeconds });
      }
    } catch (error) {
      this.#held.delete(mine);
      throw error;
    }
    return () => void this.#held.delete(mine);
  }

  /** Used outside of any run that is under way. */
  spend(spender: Spender, { tokens = 0, costMicros = 0 }: Amounts): void {
    if (tokens !== 0 || costMicros !== 0) this.#book.add(this.#keysOf(spender), { tokens, costMicros });
  }

  /**
   * The run is over and was charged so much. Its cost is the larger of that and what its agent reported: the price is
   * not counted on top of what it is meant to cover.
   */
  end(taskId: string, chargedMicros = 0): void {
    const run = this.#runs.get(taskId);
    if (run !== undefined && chargedMicros > run.spent.costMicros) {
      this.#book.add(this.#keysOf(run), { costMicros: chargedMicros - run.spent.costMicros });
    }
    this.#runs.delete(taskId);
  }

  async flush(): Promise<void> {
    await this.#book.flush();
  }

  async close(): Promise<void> {
    await this.#book.close();
  }

  #open(run: BudgetedRun, before: Spending = { calls: 0, tokens: 0, costMicros: 0 }): void {
    const spent = this.#runs.get(run.taskId)?.spent ?? before;
    this.#runs.delete(run.taskId);
    this.#runs.set(run.taskId, { ...run, spent });
    const oldest = this.#runs.keys().next();
    if (this.#runs.size > MAX_RUNS && oldest.done !== true) this.#runs.delete(oldest.value);
  }

  async #overMonth(run: Omit<BudgetedRun, "budget" | "taskId">, coming: number): Promise<PlatformError | undefined> {
    const rules = await this.#options.rules(run.orgId);
    if (rules.length === 0) return undefined;
    for (const key of this.#keysOf(run)) {
      const rule = ruleFor(rules, key.subject, key.subject === "agent" ? run.agentName : key.id);
      if (UNITS.every(({ most }) => rule[most] === undefined)) continue;
      const spent = await this.#book.spent(key);
      for (const { unit, most, spent: name } of UNITS) {
        const limit = rule[most];
        if (limit === undefined) continue;
        // A call must fit as a whole; tokens and cost are known only afterwards.
        const full =
          unit === "calls" ? spent.calls + coming > limit : spent[name] > limit || (coming > 0 && spent[name] >= limit);
        if (!full) continue;
        const resetSeconds = secondsToNextMonth(this.#options.now());
        return budgetExceeded({ subject: key.subject, unit, spent: spent[name], most: limit, resetSeconds });
      }
    }
    return undefined;
  }

  #sumHeld(counts: (held: Held) => boolean): Spending {
    let [tokens, costMicros] = [0, 0];
    for (const held of this.#held) {
      if (!counts(held)) continue;
      tokens += held.tokens;
      costMicros += held.costMicros;
    }
    return { calls: 0, tokens, costMicros };
  }

  #keysOf({ orgId, principalId, agentId }: Spender): readonly SpendingKey[] {
    const month = monthOf(this.#options.now());
    return [
      { orgId, month, subject: "organization", id: orgId },
      ...(principalId === undefined ? [] : [{ orgId, month, subject: "principal" as const, id: principalId }]),
      ...(agentId === undefined ? [] : [{ orgId, month, subject: "agent" as const, id: agentId }]),
    ];
  }
}

function keyText({ subject, id }: SpendingKey): string {
  return JSON.stringify([subject, id]);
}

/** `held` has the call itself in it. @throws BUDGET_EXCEEDED */
function assertFits(
  subject: LimitSubject,
  budget: RunBudget,
  {
    spent,
    held,
    most,
    resetSeconds,
  }: {
    readonly spent: Spending;
    readonly held: Spending;
    readonly most: { readonly tokens: number; readonly costMicros: number };
    readonly resetSeconds?: number;
  },
): void {
  for (const { unit, most: limitName, spent: name } of UNITS) {
    const limit = budget[limitName];
    if (limit === undefined || name === "calls" || spent[name] + held[name] <= limit) continue;
    const left = Math.max(0, limit - spent[name] - (held[name] - most[name]));
    const reset = resetSeconds === undefined ? {} : { resetSeconds };
    throw callTooLarge({ subject, unit, spent: spent[name], most: limit, needed: most[name], left, ...reset });
  }
}

function overRun({ budget, spent }: OpenRun): PlatformError | undefined {
  for (const { unit, most, spent: name } of UNITS) {
    const limit = budget[most];
    if (limit !== undefined && spent[name] > limit) {
      return budgetExceeded({ subject: "task", unit, spent: spent[name], most: limit });
    }
  }
  return undefined;
}
