import { DEFAULT_CANARY, PlatformError, isPlatformError } from "@berth/protocol";
import type { AgentCanaryConfig } from "@berth/protocol";
import { ALL_TRAFFIC, endedWith } from "@berth/store";
import type { AgentRecord, AgentTraffic, AgentWithRelease, PublishedAgent, ReleaseRecord, Store } from "@berth/store";
import type { TrafficSwitch } from "../releases/traffic-switch.ts";

/** Others who move the same agent's traffic meanwhile are few. */
const ATTEMPTS = 10;

/** How a release comes to its traffic. `none`: when somebody gives it some. */
export type Rollout = "all" | "none" | AgentCanaryConfig;

export interface RollOutOptions {
  readonly store: Pick<Store, "agents">;
  readonly traffic: Pick<TrafficSwitch, "route" | "drainOthers">;
  /** Called when the agent is changed, before anything else learns of it. */
  readonly onPublished: (agent: AgentRecord) => void;
  readonly now: () => Date;
}

/** What the deployer said goes before what the release says. */
export function rolloutOf(
  { traffic, canaryPercent }: { readonly traffic?: "none"; readonly canaryPercent?: number },
  canary: AgentCanaryConfig | undefined,
): Rollout {
  if (traffic === "none") return "none";
  if (canaryPercent === undefined) return canary ?? "all";
  return canaryPercent === 0 ? "all" : { ...(canary ?? DEFAULT_CANARY), percent: canaryPercent };
}

/** Makes a release that has passed its checks known, and gives it its traffic. Says what it got. */
export async function rollOut(
  { store, traffic, onPublished, now }: RollOutOptions,
  {
    agent,
    release,
    rollout,
    isNew,
    by,
  }: {
    readonly agent: PublishedAgent;
    readonly release: ReleaseRecord;
    readonly rollout: Rollout;
    /** The agent has no release yet. */
    readonly isNew: boolean;
    readonly by: string;
  },
): Promise<string | undefined> {
  if (rollout === "all" || isNew) {
    if (rollout === "none") {
      throw new PlatformError("UNSUPPORTED_OPERATION", "An agent's first release cannot be without traffic.", {
        hint: "Deploy it without --no-traffic; a private agent is seen by nobody without a key.",
      });
    }
    const published = await store.agents.publish(agent, release);
    onPublished(published.agent);
    traffic.drainOthers(published.agent);
    return rollout === "all" ? undefined : "It is the first release and gets all traffic.";
  }
  await store.agents.addRelease(agent.name, release);
  if (rollout === "none") {
    traffic.drainOthers(agent);
    return `It gets no traffic: \`a2a promote ${agent.name} ${release.releaseId}\` gives it all.`;
  }
  const startedAt = now().toISOString();
  for (let attempt = 1; ; attempt += 1) {
    const found = await store.agents.findById(agent.orgId, agent.agentId);
    if (found === undefined) throw new PlatformError("STORE_CONFLICT", `The agent ${agent.name} was removed.`);
    const route = {
      activeReleaseId: found.agent.activeReleaseId,
      traffic: withCanary(found.agent, { releaseId: release.releaseId, rollout, startedAt, by }),
    };
    try {
      onPublished(await traffic.route(found.agent, route));
      return `It is a canary with ${rollout.percent}% of the traffic.`;
    } catch (error) {
      const again = isPlatformError(error) && error.reason === "STORE_CONFLICT" && attempt < ATTEMPTS;
      if (!again) throw error;
    }
  }
}

/** Whether a `rollOut` of this release, which is saved, got to its end before it was cut off. */
export function isRolledOut({ agent: { traffic }, release }: AgentWithRelease, rollout: Rollout): boolean {
  if (rollout === "all" || rollout === "none") return true;
  return [...traffic.shares, ...traffic.ended].some(({ releaseId }) => releaseId === release.releaseId);
}

/** Beside the active release; one canary at a time. */
function withCanary(
  { traffic, activeReleaseId }: AgentRecord,
  {
    releaseId,
    rollout: { percent, ...rules },
    startedAt,
    by,
  }: {
    readonly releaseId: string;
    readonly rollout: AgentCanaryConfig;
    readonly startedAt: string;
    readonly by: string;
  },
): AgentTraffic {
  const basisPoints = percent * (ALL_TRAFFIC / 100);
  const ended = { outcome: "superseded", reason: `${releaseId} was deployed.`, endedAt: startedAt } as const;
  return {
    shares: [
      { releaseId: activeReleaseId, basisPoints: ALL_TRAFFIC - basisPoints },
      { releaseId, basisPoints },
    ],
    earlier: traffic.earlier,
    canary: { releaseId, rules, startedAt, startedBy: by },
    ended: endedWith(traffic, ended),
  };
}
