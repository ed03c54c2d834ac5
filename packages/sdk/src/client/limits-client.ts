import type { CallOptions } from "./call-options.ts";
import type { HttpRequest } from "./http.ts";

/** What is limited, and in what. Without `id` each of its kind; of a `task` the most is per run, else per month. */
export interface LimitRuleInfo {
  readonly subject: "organization" | "principal" | "agent" | "task";
  /** A principal's id or an agent's name. */
  readonly id?: string;
  readonly callsPerMinute?: number;
  readonly readsPerMinute?: number;
  readonly writesPerMinute?: number;
  readonly concurrentCalls?: number;
  readonly maxCalls?: number;
  readonly maxTokens?: number;
  /** Decimal text, in US dollars. */
  readonly maxCost?: string;
}

export interface LimitSettingsInfo {
  readonly rules: readonly LimitRuleInfo[];
  /** The platform's own rates per minute; null: they are off. */
  readonly defaults: { readonly [kind: string]: number } | null;
}

export interface MonthlyUsageInfo {
  /** `2026-11`. */
  readonly month: string;
  readonly resetsAt: string;
  readonly usage: readonly {
    readonly subject: "organization" | "principal" | "agent";
    readonly id: string;
    readonly calls: number;
    readonly tokens: number;
    readonly cost: string;
  }[];
}

export interface LimitsClient {
  /** Needs `operate` or `read`, as `usage` does. */
  get(options?: CallOptions): Promise<LimitSettingsInfo>;
  /** In place of all rules. Needs `admin`. */
  set(rules: readonly LimitRuleInfo[], options?: CallOptions): Promise<LimitSettingsInfo>;
  usage(options?: CallOptions): Promise<MonthlyUsageInfo>;
}

export function createLimitsClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
): LimitsClient {
  return {
    get: async (options) => await request({ method: "GET", path: "v1/limits" }, options),
    set: async (rules, options) => await request({ method: "PUT", path: "v1/limits", json: { rules } }, options),
    usage: async (options) => await request({ method: "GET", path: "v1/limits/usage" }, options),
  };
}
