import { integerIn } from "./agent-config-values.ts";
import type { Reason } from "./errors.ts";
import type { Parser } from "./validation/place.ts";
import { listOf, oneOf } from "./validation/values.ts";

/** How often a task is sent to the agent again that was lost at it. Not for durable skills: those go on where they were. */
export interface AgentRetryConfig {
  /** In all, the first one counted. */
  readonly attempts: number;
  /** Before the second attempt; doubled for each one after that, up to five minutes. */
  readonly backoffSeconds: number;
  /** What it is sent again after. */
  readonly on: readonly RetryCause[];
}

const RETRY_CAUSES = ["crash", "start", "timeout"] as const;
export type RetryCause = (typeof RETRY_CAUSES)[number];

export const DEFAULT_RETRY: AgentRetryConfig = { attempts: 3, backoffSeconds: 1, on: RETRY_CAUSES };

/** A parser per key of `retry`. */
export const RETRY_PARSERS: { readonly [K in keyof AgentRetryConfig]-?: Parser<AgentRetryConfig[K]> } = {
  attempts: integerIn(1, 20),
  backoffSeconds: integerIn(0, 300),
  on: listOf(oneOf(RETRY_CAUSES), { min: 1, max: RETRY_CAUSES.length }),
};

const CAUSES: Partial<Record<Reason, RetryCause>> = {
  AGENT_CRASHED: "crash",
  AGENT_OUT_OF_MEMORY: "crash",
  AGENT_UNRESPONSIVE: "crash",
  AGENT_UNREACHABLE: "crash",
  PLATFORM_RESTARTED: "crash",
  SHUTTING_DOWN: "crash",
  AGENT_START_FAILED: "start",
  AGENT_START_TIMEOUT: "start",
  TASK_TIMED_OUT: "timeout",
};

/** Undefined for what is the agent's answer, or was not the agent's to answer. */
export function retryCauseOf(reason: Reason): RetryCause | undefined {
  return CAUSES[reason];
}
