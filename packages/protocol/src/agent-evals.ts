import { numberIn } from "./agent-config-values.ts";
import type { Parser } from "./validation/place.ts";
import { isObject } from "./validation/proto-object.ts";

/** What the agent's own suites decide, and what of its real work is scored. */
export interface AgentEvalsConfig {
  /** A suite's name, or `all`: a deployment runs it against the new release, which takes traffic only when it passes. */
  readonly gate?: string;
  /** 0 to 1, what the gate asks for; default: each suite's own threshold. */
  readonly threshold?: number;
  readonly sample?: EvalSampleConfig;
}

export interface EvalSampleConfig {
  /** Share of the tasks, 0 to 1. */
  readonly rate: number;
  /** Whose `sampled` scorers look at them. */
  readonly suite: string;
}

export const SUITE_NAME_PATTERN: RegExp = /^[a-z0-9][a-z0-9-]{0,62}$/;

const suiteName: Parser<string> = (value, place) =>
  typeof value === "string" && SUITE_NAME_PATTERN.test(value)
    ? value
    : place.report("must be a suite's name: 1 to 63 of a-z, 0-9 and hyphen");

const sample: Parser<EvalSampleConfig> = (value, place) => {
  if (!isObject(value)) return place.report("must be a JSON object");
  // What has members may have any.
  const { rate: share, suite: named, ...others } = value as { readonly [key: string]: unknown };
  const [unknown] = Object.keys(others);
  if (unknown !== undefined) return place.report(`has ${JSON.stringify(unknown.slice(0, 64))}; it has rate and suite`);
  const rate = numberIn(0, 1)(share, place.field("rate"));
  const suite = suiteName(named, place.field("suite"));
  return rate === undefined || suite === undefined ? undefined : { rate, suite };
};

/** A parser per key of `evals`. */
export const EVALS_PARSERS: { readonly [K in keyof AgentEvalsConfig]-?: Parser<NonNullable<AgentEvalsConfig[K]>> } = {
  gate: suiteName,
  threshold: numberIn(0, 1),
  sample,
};
