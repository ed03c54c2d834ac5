import type { InstanceState, InstanceView } from "../runtime.ts";
import type { ReleaseSpec } from "../sandbox-driver.ts";
import type { PooledInstance } from "./pooled-instance.ts";

type Subject = Pick<ReleaseSpec, "agentId" | "releaseId">;

/** An instance that does not run: it starts, or failed to. */
export interface Unborn {
  readonly instanceId: string;
  readonly startedAt: number;
  readonly detail?: string;
}

export function viewOf(spec: Subject, member: PooledInstance, state: InstanceState): InstanceView {
  const { instanceId, startedAt } = member.instance;
  return { ...view(spec, { instanceId, startedAt }, state), activeCalls: member.active, driver: member.driver };
}

export function viewOfUnborn(spec: Subject, unborn: Unborn, state: "starting" | "failed"): InstanceView {
  return view(spec, unborn, state);
}

function view({ agentId, releaseId }: Subject, { startedAt, ...unborn }: Unborn, state: InstanceState): InstanceView {
  const at = new Date(startedAt).toISOString();
  return { ...unborn, agentId, releaseId, state, activeCalls: 0, startedAt: at, driver: "" };
}
