import type { InstanceView } from "@berth/runtime";
import type { AgentKind, AgentWithRelease, ReleaseRecord, ReleaseTally } from "@berth/store";
import type { ReleaseHealth, ReleaseState, ReleaseView } from "./releases.ts";

const NOTHING = { completed: 0, failed: 0, other: 0, reasons: {} } as const;

export function toReleaseView(
  { agent, release }: AgentWithRelease,
  seen: { readonly instances: readonly InstanceView[]; readonly tallies: readonly ReleaseTally[] },
): ReleaseView {
  const { releaseId } = release;
  const { shares, ended } = agent.traffic;
  const { completed, failed, other, reasons } = seen.tallies.find((tally) => tally.releaseId === releaseId) ?? NOTHING;
  const last = ended.findLast((canary) => canary.releaseId === releaseId);
  return {
    release,
    active: releaseId === agent.activeReleaseId,
    basisPoints: shares.find((share) => share.releaseId === releaseId)?.basisPoints ?? 0,
    state: stateOf(agent, releaseId),
    health: placeOf(agent.kind, release) ?? healthOf(releaseId, seen.instances),
    tally: { completed, failed, other, reasons },
    ...(last === undefined ? {} : { reason: last.reason }),
  };
}

/** Of releases that do not run here. */
function placeOf(kind: AgentKind, { remote, target }: ReleaseRecord): "remote" | "attached" | undefined {
  if (remote !== undefined || target !== undefined) return "remote";
  return kind === "attached" ? "attached" : undefined;
}

function stateOf({ traffic }: AgentWithRelease["agent"], releaseId: string): ReleaseState {
  if (traffic.canary?.releaseId === releaseId) return "canary";
  if (traffic.shares.some((share) => share.releaseId === releaseId)) return "live";
  const last = traffic.ended.findLast((canary) => canary.releaseId === releaseId);
  return last?.outcome === "rolled_back" ? "rolled_back" : "idle";
}

function healthOf(releaseId: string, instances: readonly InstanceView[]): ReleaseHealth {
  const states = instances.filter((each) => each.releaseId === releaseId).map(({ state }) => state);
  if (states.includes("ready")) return "ready";
  if (states.includes("starting")) return "starting";
  return states.includes("failed") ? "failing" : "sleeping";
}
