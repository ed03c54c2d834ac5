import type { Reason } from "@berth/protocol";

/**
 * What may end an execution of a run without ending the run. `agent`: counted, since an agent that always ends so would
 * never get on; `platform`: not its fault. Everything else is the run's own end.
 */
const LOSSES: Partial<Record<Reason, "agent" | "platform">> = {
  AGENT_CRASHED: "agent",
  AGENT_OUT_OF_MEMORY: "agent",
  AGENT_UNRESPONSIVE: "agent",
  AGENT_UNREACHABLE: "agent",
  AGENT_START_FAILED: "agent",
  AGENT_START_TIMEOUT: "agent",
  AGENT_ERROR: "agent",
  INVALID_AGENT_RESPONSE: "agent",
  AGENT_OVERLOADED: "platform",
  PLATFORM_RESTARTED: "platform",
  SHUTTING_DOWN: "platform",
  STORE_UNAVAILABLE: "platform",
};

/** In a row, without a step that got done in between. */
export const MAX_LOSSES = 10;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 60_000;

export function isLoss(reason: Reason): boolean {
  return LOSSES[reason] !== undefined;
}

export function isAgentsLoss(reason: Reason | undefined): boolean {
  return reason !== undefined && LOSSES[reason] === "agent";
}

/** How long until the next execution; the first is tried again at once. */
export function backoffMs(reason: Reason, losses: number): number {
  if (reason === "AGENT_OVERLOADED") return FIRST_BACKOFF_MS;
  if (losses <= 1) return 0;
  return Math.min(FIRST_BACKOFF_MS * 2 ** (losses - 2), LONGEST_BACKOFF_MS);
}
