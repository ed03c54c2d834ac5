import { PlatformError, isPlatformError } from "@berth/protocol";
import type { InstanceExit, ReleaseSpec } from "../sandbox-driver.ts";

export function shuttingDown(): PlatformError {
  return new PlatformError("SHUTTING_DOWN", "The platform is shutting down.", { hint: "Try again in a moment." });
}

const MORE_HINT = "Try again later, or raise scale.max or scale.concurrency in the agent's berth.json.";
const ROOM_HINT = "Try again later, or give agents more of the machine: BERTH_RUNTIME_MEMORY_MB.";

export function queueFull(
  spec: ReleaseSpec,
  { limit, retrySeconds }: { readonly limit: number; readonly retrySeconds: number },
): PlatformError {
  return new PlatformError("AGENT_OVERLOADED", `Agent "${spec.agentName}" has ${limit} calls waiting already.`, {
    retryable: true,
    hint: MORE_HINT,
    metadata: { waiting: String(limit), retryAfterSeconds: String(retrySeconds) },
  });
}

export function waitedTooLong(
  spec: ReleaseSpec,
  waited: {
    readonly seconds: number;
    readonly position: number;
    readonly retrySeconds: number;
    readonly forRoom: boolean;
  },
): PlatformError {
  const seconds = Math.round(waited.seconds);
  const message = waited.forRoom
    ? `There was no room on this machine for agent "${spec.agentName}" for ${seconds} s.`
    : `Agent "${spec.agentName}" had no free instance for ${seconds} s.`;
  return new PlatformError("AGENT_OVERLOADED", message, {
    retryable: true,
    hint: waited.forRoom ? ROOM_HINT : MORE_HINT,
    metadata: { position: String(waited.position), retryAfterSeconds: String(waited.retrySeconds) },
  });
}

/** Its output is for those who may read its log. */
export function crashLooping(
  spec: ReleaseSpec,
  { reason, exitCode, signal, lastOutput }: InstanceExit,
  { crashes, waitMs }: { readonly crashes: number; readonly waitMs: number },
): PlatformError {
  const how = signal === null ? `exit code ${exitCode ?? "unknown"}` : `signal ${signal}`;
  const memory = reason === "AGENT_OUT_OF_MEMORY";
  const what = memory ? `out of memory, its limit is ${spec.limits.memoryMb} MiB` : how;
  const message =
    `Agent "${spec.agentName}" crashed ${crashes} times in a row (${what}); ` +
    `the next attempt is in ${(waitMs / 1_000).toFixed(1)} s.`;
  return new PlatformError(memory ? reason : "AGENT_CRASHED", message, {
    retryable: true,
    hint: `See why: a2a agents show ${spec.agentName}. A new release is tried at once.`,
    internal: `last output:\n${lastOutput}`,
    metadata: { crashes: String(crashes), ...retryAfter(waitMs) },
  });
}

function retryAfter(waitMs: number): { readonly retryAfterMs: string; readonly retryAfterSeconds: string } {
  return { retryAfterMs: String(Math.ceil(waitMs)), retryAfterSeconds: String(Math.max(1, Math.ceil(waitMs / 1_000))) };
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
    metadata: { failures: String(failures), ...retryAfter(waitMs) },
    ...(last.hint === undefined ? {} : { hint: last.hint }),
    ...(last.internal === undefined ? {} : { internal: last.internal }),
  });
}
