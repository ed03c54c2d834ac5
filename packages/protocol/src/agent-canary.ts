import { integerIn, numberIn } from "./agent-config-values.ts";
import type { Parser } from "./validation/place.ts";

/** How a new release is tried on a part of the traffic before it gets all of it. */
export interface AgentCanaryConfig {
  /** Of new tasks, 1 to 50. */
  readonly percent: number;
  /** So many have to end before it is promoted. */
  readonly minCalls: number;
  /** 0 to 1. */
  readonly maxErrorRate: number;
  /** At most 5% of calls may take longer; absent: they may take what they take. */
  readonly maxP95Ms?: number;
  /** 0 to 1; absent: evals do not matter. */
  readonly minEvalScore?: number;
  /** Without an answer by then it is rolled back. */
  readonly windowSeconds: number;
}

export const DEFAULT_CANARY: AgentCanaryConfig = { percent: 10, minCalls: 50, maxErrorRate: 0.05, windowSeconds: 3600 };

/** A parser per key of `canary`. */
export const CANARY_PARSERS: { readonly [K in keyof AgentCanaryConfig]-?: Parser<NonNullable<AgentCanaryConfig[K]>> } =
  {
    percent: integerIn(1, 50),
    minCalls: integerIn(1, 1_000_000),
    maxErrorRate: numberIn(0, 1),
    maxP95Ms: integerIn(1, 86_400_000),
    minEvalScore: numberIn(0, 1),
    windowSeconds: integerIn(1, 2_592_000),
  };
