import { isPlatformError } from "@berth/protocol";
import type { AgentWithRelease } from "@berth/store";
import type { Registry } from "../registry/registry.ts";
import { chooseRelease } from "../releases/choose-release.ts";
import { assertMayInvoke } from "./task-access.ts";
import type { LiveTask } from "./live-task.ts";
import type { AcceptOptions, CallContext } from "./task-engine.ts";

interface TurnOfRelease {
  readonly registry: Pick<Registry, "findRelease">;
  readonly call: CallContext;
  readonly active: AgentWithRelease;
  readonly task: Pick<LiveTask, "record"> | undefined;
  readonly options: Pick<AcceptOptions, "release" | "candidate">;
  /** Of a new task. */
  readonly contextId: string;
}

/**
 * The release that a turn runs on. A task keeps the one it began on, which its record and receipt name; a new one gets
 * that which its caller pinned, or else the one that the agent's traffic gives its context.
 * @throws RELEASE_NOT_FOUND, PERMISSION_DENIED
 */
export async function releaseOfTurn(turn: TurnOfRelease): Promise<AgentWithRelease> {
  const { registry, call, active, task, options, contextId } = turn;
  if (options.candidate !== undefined) return options.candidate;
  if (task !== undefined) return await releaseOrActive(turn, task.record.releaseId);
  if (options.release !== undefined) {
    const pinned = await registry.findRelease(call.principal, active.agent.name, options.release);
    assertMayInvoke(call.principal, pinned);
    return pinned;
  }
  return await releaseOrActive(turn, chooseRelease(active.agent, contextId));
}

/** Where the release is gone, or not for this caller, the active one takes its place. */
async function releaseOrActive(
  { registry, call, active }: Pick<TurnOfRelease, "registry" | "call" | "active">,
  releaseId: string,
): Promise<AgentWithRelease> {
  if (releaseId === active.release.releaseId) return active;
  try {
    return await registry.findRelease(call.principal, active.agent.name, releaseId);
  } catch (error) {
    if (isPlatformError(error) && error.reason === "RELEASE_NOT_FOUND") return active;
    throw error;
  }
}
