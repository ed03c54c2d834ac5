import type { Principal } from "@berth/protocol";
import type { AgentWithRelease, LimitRule, Spending } from "@berth/store";
import { networkOf } from "../auth/networks.ts";
import type { BudgetMeter, RunBudget } from "./budget-meter.ts";
import type { DefaultRates } from "./default-rates.ts";
import { toMicros } from "./decimal.ts";
import { rateLimited, tooManyAtOnce } from "./limit-errors.ts";
import { ruleFor } from "./limit-rules.ts";
import { RateGate, perMinute, takeAll } from "./rate-gate.ts";
import type { Counted } from "./rate-gate.ts";
import { SlotGate } from "./slot-gate.ts";
import type { Slot } from "./slot-gate.ts";

/** A call of an agent, whatever door it came by. */
export interface Call {
  readonly principal: Principal;
  readonly ip?: string;
  readonly agent: AgentWithRelease;
  /** What the run that makes this call hands on, as decimal text. */
  readonly maxCost?: string;
}

/** A call's place among those under way. */
export interface CallLease {
  /** The call was accepted as this task's next turn: it counts. `spent`: by its earlier turns. */
  started(taskId: string, spent?: Spending): void;
  /** The turn is over, or never began. Twice is harmless. */
  release(): void;
}

export interface ResumedRun {
  readonly taskId: string;
  /** So far. */
  readonly spent: Spending;
  readonly signal: AbortSignal;
  /** It does not wait, even where no place is free. */
  readonly isForced: boolean;
}

export interface CallGateOptions {
  readonly defaults: DefaultRates | undefined;
  readonly rules: (orgId: string) => Promise<readonly LimitRule[]>;
  readonly meter: BudgetMeter;
  readonly now: () => Date;
}

type Named = Counted & { readonly policy: string };

/** Decides at the acceptance of a call, where every door ends: rates, calls at once, and the month's budgets. */
export class CallGate {
  readonly #options: CallGateOptions;
  readonly #gate: RateGate;
  readonly #slots = new SlotGate();

  constructor(options: CallGateOptions) {
    this.#options = options;
    this.#gate = new RateGate(() => options.now().getTime());
  }

  /** @throws RATE_LIMITED, BUDGET_EXCEEDED */
  async enter(call: Call): Promise<CallLease> {
    const { agent } = call;
    const { orgId, agentId, name } = agent.agent;
    const rules = await this.#options.rules(orgId);
    const caller = callerKey(call);
    const meter = this.#options.meter;
    const run = { orgId, principalId: caller, agentId, agentName: name };
    await meter.assertRoom(run);
    const slots = this.#slotsOf(call, caller, rules);
    const full = this.#slots.enter(slots);
    if (full !== undefined) throw tooManyAtOnce(full.policy, full.most);
    const over = takeAll(this.#ratesOf(call, caller, rules));
    if (over !== undefined) {
      this.#slots.leave(slots);
      throw rateLimited(over.refused.policy, over.reading);
    }
    return {
      started: (taskId, spent) =>
        meter.begin({ ...run, taskId, budget: runBudget(call, ruleFor(rules, "task")) }, spent),
      release: this.#releaseOnce(slots),
    };
  }

  /**
   * A place for a run that goes on by itself: it waits for one, before all calls that come after it. Neither rates nor the
   * month's calls count it again. Undefined when it was aborted first.
   */
  async resume(call: Call, run: ResumedRun): Promise<Pick<CallLease, "release"> | undefined> {
    const { orgId, agentId, name } = call.agent.agent;
    const rules = await this.#options.rules(orgId);
    const caller = callerKey(call);
    const slots = this.#slotsOf(call, caller, rules);
    if (run.isForced) this.#slots.force(slots);
    else if (!(await this.#slots.wait(slots, run.signal))) return undefined;
    const budget = runBudget(call, ruleFor(rules, "task"));
    const { taskId, spent } = run;
    this.#options.meter.resume({ orgId, principalId: caller, agentId, agentName: name, taskId, budget }, spent);
    return { release: this.#releaseOnce(slots) };
  }

  #releaseOnce(slots: readonly Slot[]): () => void {
    let held = true;
    return () => {
      if (held) this.#slots.leave(slots);
      held = false;
    };
  }

  #ratesOf({ agent }: Call, caller: string, rules: readonly LimitRule[]): readonly Named[] {
    const { orgId, agentId, name } = agent.agent;
    const own = ruleFor(rules, "principal", caller).callsPerMinute ?? this.#options.defaults?.call;
    const all: readonly [string, string, number | undefined][] = [
      ["calls of a principal", `p ${orgId} ${caller}`, own],
      ["calls of the agent by a principal", `pa ${agentId} ${caller}`, agent.release.config.limits?.callsPerMinute],
      ["calls of the agent", `a ${agentId}`, ruleFor(rules, "agent", name).callsPerMinute],
      ["calls of the organization", `o ${orgId}`, ruleFor(rules, "organization").callsPerMinute],
    ];
    return all.flatMap(([policy, key, count]) =>
      count === undefined ? [] : [{ policy, key, rate: perMinute(count), gate: this.#gate }],
    );
  }

  #slotsOf(
    { agent }: Call,
    caller: string,
    rules: readonly LimitRule[],
  ): readonly (Slot & { readonly policy: string })[] {
    const { orgId, agentId, name } = agent.agent;
    const all: readonly [string, string, number | undefined][] = [
      ["a principal's", `p ${orgId} ${caller}`, ruleFor(rules, "principal", caller).concurrentCalls],
      ["the agent's by a principal", `pa ${agentId} ${caller}`, agent.release.config.limits?.concurrentCalls],
      ["the agent's", `a ${agentId}`, ruleFor(rules, "agent", name).concurrentCalls],
      ["the organization's", `o ${orgId}`, ruleFor(rules, "organization").concurrentCalls],
    ];
    return all.flatMap(([policy, key, most]) => (most === undefined ? [] : [{ policy, key, most }]));
  }
}

/** Strangers are told apart by where they come from. */
function callerKey({ principal, ip }: Call): string {
  return principal.kind === "anonymous" ? `${principal.id} ${networkOf(ip)}` : principal.id;
}

/** The least of what the agent's configuration, the organization and the calling run say. */
function runBudget({ agent, maxCost }: Call, rule: RunBudget): RunBudget {
  const own = agent.release.config.limits;
  const calls = least(own?.maxCallsPerTask, rule.maxCalls);
  const tokens = least(own?.maxTokensPerTask, rule.maxTokens);
  const cost = least(micros(own?.maxCostPerTask), rule.maxCostMicros, micros(maxCost));
  return {
    ...(calls === undefined ? {} : { maxCalls: calls }),
    ...(tokens === undefined ? {} : { maxTokens: tokens }),
    ...(cost === undefined ? {} : { maxCostMicros: cost }),
  };
}

function least(...counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : Math.min(...known);
}

function micros(decimal: string | undefined): number | undefined {
  return decimal === undefined ? undefined : toMicros(decimal);
}
