import type { PlatformError, Principal } from "@berth/protocol";
import type { LimitRule, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { networkOf } from "../auth/networks.ts";
import { RecentReads } from "../recent-reads.ts";
import { BudgetMeter } from "./budget-meter.ts";
import { CallGate } from "./call-gate.ts";
import type { DefaultRates } from "./default-rates.ts";
import { assertRules, ruleFor } from "./limit-rules.ts";
import { rateLimited } from "./limit-errors.ts";
import type { LimitSettings, Limits, MonthlyUsage, RequestKind, Visitor } from "./limits.ts";
import { monthOf, nextMonth } from "./month.ts";
import { RateGate, perMinute, takeAll } from "./rate-gate.ts";
import type { Counted, RateReading } from "./rate-gate.ts";

export interface LimitsOptions {
  readonly store: Pick<Store, "budgets" | "audit">;
  readonly now: () => Date;
  /** Undefined: nothing is limited but what organizations and agents say. */
  readonly defaults: DefaultRates | undefined;
  readonly onExceeded: (taskId: string, error: PlatformError) => void;
  readonly log?: (line: string) => void;
}

export interface RunningLimits extends Limits {
  readonly calls: CallGate;
  readonly meter: BudgetMeter;
  close(): Promise<void>;
}

export function createLimits(options: LimitsOptions): RunningLimits {
  return new StoreLimits(options);
}

class StoreLimits implements RunningLimits {
  readonly calls: CallGate;
  readonly meter: BudgetMeter;
  readonly #options: LimitsOptions;
  readonly #gate: RateGate;
  readonly #addresses: RateGate;
  readonly #rules: RecentReads<readonly LimitRule[]>;

  constructor(options: LimitsOptions) {
    const now = (): number => options.now().getTime();
    const rules = async (orgId: string): Promise<readonly LimitRule[]> => await this.#rulesOf(orgId);
    this.#options = options;
    this.#gate = new RateGate(now);
    // Strangers can make up addresses; they push out each other, not those who are known.
    this.#addresses = new RateGate(now);
    this.#rules = new RecentReads(options.now);
    const { store, onExceeded, log, defaults } = options;
    this.meter = new BudgetMeter({
      budgets: store.budgets,
      now: options.now,
      rules,
      onExceeded,
      ...(log === undefined ? {} : { log }),
    });
    this.calls = new CallGate({ defaults, rules, meter: this.meter, now: options.now });
  }

  async admit({ principal, remoteAddress }: Visitor, kind: RequestKind): Promise<RateReading | undefined> {
    const counted =
      kind === "sign_in" ? this.#signIn(remoteAddress) : await this.#request(principal, remoteAddress, kind);
    const over = takeAll(counted);
    if (over !== undefined) throw rateLimited(over.refused.policy, over.reading);
    const [first] = counted;
    return first === undefined ? undefined : first.gate.look(first.key, first.rate);
  }

  assertMayTry(remoteAddress: string): void {
    const { defaults } = this.#options;
    if (defaults === undefined) return;
    const reading = this.#addresses.look(failureKey(remoteAddress), perMinute(defaults.failure));
    if (!reading.allowed) throw rateLimited("wrong credentials", reading);
  }

  failed(remoteAddress: string): void {
    const { defaults } = this.#options;
    if (defaults !== undefined) this.#addresses.take(failureKey(remoteAddress), perMinute(defaults.failure));
  }

  async settings(principal: Principal): Promise<LimitSettings> {
    authorize(principal, "limit.read");
    return { rules: await this.#rulesOf(principal.orgId), defaults: this.#options.defaults };
  }

  async replace(principal: Principal, rules: readonly LimitRule[]): Promise<LimitSettings> {
    authorize(principal, "limit.manage");
    assertRules(rules);
    const { store, now } = this.#options;
    const at = now().toISOString();
    const { orgId } = principal;
    const entry = { orgId, at, actor: principal.id, action: "limit.set", resource: orgId, outcome: "ok" } as const;
    await audited(store.audit, { ...entry, detail: { rules: rules.length } }, async () => {
      await store.budgets.setRules(orgId, rules, at);
    });
    this.#rules.forget(orgId);
    return await this.settings(principal);
  }

  async usage(principal: Principal): Promise<MonthlyUsage> {
    authorize(principal, "limit.read");
    const at = this.#options.now();
    await this.meter.flush();
    const rows = await this.#options.store.budgets.list(principal.orgId, monthOf(at));
    return {
      month: monthOf(at),
      resetsAt: nextMonth(at).toISOString(),
      spending: rows.map(({ subject, id, calls, tokens, costMicros }) => ({ subject, id, calls, tokens, costMicros })),
    };
  }

  async close(): Promise<void> {
    await this.meter.close();
  }

  #signIn(remoteAddress: string): readonly Named[] {
    const { defaults } = this.#options;
    if (defaults === undefined) return [];
    const key = `s ${networkOf(remoteAddress)}`;
    return [{ policy: "sign_in", gate: this.#addresses, key, rate: perMinute(defaults.signIn) }];
  }

  async #request(principal: Principal, remoteAddress: string, kind: "read" | "write"): Promise<readonly Named[]> {
    const { defaults } = this.#options;
    if (principal.kind === "anonymous") {
      if (defaults === undefined) return [];
      const key = `${kind} ${networkOf(remoteAddress)}`;
      return [{ policy: kind, gate: this.#addresses, key, rate: perMinute(defaults[kind]) }];
    }
    const { orgId, id } = principal;
    const rules = await this.#rulesOf(orgId);
    const name = kind === "read" ? "readsPerMinute" : "writesPerMinute";
    const own = ruleFor(rules, "principal", id)[name] ?? defaults?.[kind];
    const all = ruleFor(rules, "organization")[name];
    return [
      ...(own === undefined
        ? []
        : [{ policy: kind, gate: this.#gate, key: `${kind} ${orgId} ${id}`, rate: perMinute(own) }]),
      ...(all === undefined
        ? []
        : [{ policy: `organization_${kind}`, gate: this.#gate, key: `${kind} ${orgId}`, rate: perMinute(all) }]),
    ];
  }

  async #rulesOf(orgId: string): Promise<readonly LimitRule[]> {
    return await this.#rules.read(orgId, async () => await this.#options.store.budgets.rules(orgId));
  }
}

type Named = Counted & { readonly policy: string };

function failureKey(remoteAddress: string): string {
  return `f ${networkOf(remoteAddress)}`;
}
