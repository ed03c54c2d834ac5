import { PlatformError, isPlatformError } from "@berth/protocol";
import type { ReleaseSpec } from "../sandbox-driver.ts";

export function shuttingDown(): PlatformError {
  return new PlatformError("SHUTTING_DOWN", "The platform is shutting down.", { hint: "Try again in a moment." });
}

export function queueFull(spec: ReleaseSpec, bound: number): PlatformError {
  return new PlatformError("AGENT_OVERLOADED", `Agent "${spec.agentName}" has ${bound} calls waiting already.`, {
    retryable: true,
    hint: "Try again later, or raise scale.max or scale.concurrency in the agent's berth.json.",
  });
}

export function waitedTooLong(spec: ReleaseSpec, seconds: number): PlatformError {
  return new PlatformError(
    "AGENT_OVERLOADED",
    `Agent "${spec.agentName}" had no free instance for ${Math.round(seconds)} s.`,
    {
      retryable: true,
      hint: "Try again later, or raise scale.max or scale.concurrency in the agent's berth.json.",
    },
  );
}

/** What a driver threw, as callers may see it. */
export function startError(spec: ReleaseSpec, cause: unknown): PlatformError {
  if (isPlatformError(cause)) return cause;
  const internal = cause instanceof Error ? cause.message : String(cause);
  return new PlatformError("AGENT_START_FAILED", `Agent "${spec.agentName}" could not be started.`, {
    cause,
    internal,
  });
}

export function backingOff(
  spec: ReleaseSpec,
  last: PlatformError,
  { failures, waitMs }: { readonly failures: number; readonly waitMs: number },
): PlatformError {
  const times = failures === 1 ? "The last start" : `The last ${failures} starts`;
  const message =
    `${times} of agent "${spec.agentName}" failed; ` +
    `the next attempt is in ${(waitMs / 1_000).toFixed(1)} s. Last failure: ${last.message}`;
  return new PlatformError(last.reason, message, {
    cause: last,
    retryable: last.retryable,
    metadata: { retryAfterMs: String(Math.ceil(waitMs)), failures: String(failures) },
    ...(last.hint === undefined ? {} : { hint: last.hint }),
    ...(last.internal === undefined ? {} : { internal: last.internal }),
  });
}
