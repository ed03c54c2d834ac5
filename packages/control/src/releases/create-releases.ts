import { PlatformError, invalidParams } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { Runtime } from "@berth/runtime";
import { ALL_TRAFFIC, allTo, endedWith, movedTo } from "@berth/store";
import type { AgentRecord, AgentTraffic, AgentWithRelease, Store, TrafficShare } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import type { Registry } from "../registry/registry.ts";
import type { CanaryWatch } from "./canary-watch.ts";
import type { ReleaseTallies } from "./release-tallies.ts";
import { toReleaseView } from "./release-view.ts";
import type { ChangeOptions, ReleaseView, Releases } from "./releases.ts";
import type { TrafficSwitch } from "./traffic-switch.ts";

const MAX_SHARES = 8;
/** How long a release may take to come up before its traffic is moved. */
const HEALTHY_TIMEOUT_MS = 120_000;

export interface ReleasesOptions {
  readonly store: Pick<Store, "agents" | "audit">;
  readonly registry: Pick<Registry, "find" | "findRelease">;
  readonly runtime: Pick<Runtime, "instances">;
  readonly traffic: TrafficSwitch;
  readonly tallies: ReleaseTallies;
  readonly canaries: Pick<CanaryWatch, "see">;
  readonly now: () => Date;
}

export function createReleases(options: ReleasesOptions): Releases {
  return new StoreReleases(options);
}

interface Change {
  readonly action: "traffic.split" | "release.promote" | "release.rollback";
  readonly activeReleaseId: string;
  readonly traffic: AgentTraffic;
}

class StoreReleases implements Releases {
  readonly #options: ReleasesOptions;

  constructor(options: ReleasesOptions) {
    this.#options = options;
  }

  async list(
    principal: Principal,
    agentName: string,
  ): Promise<{ readonly agent: AgentRecord; readonly releases: readonly ReleaseView[] }> {
    const agent = await this.traffic(principal, agentName);
    const { store, runtime, tallies } = this.#options;
    const [releases, counted] = await Promise.all([
      store.agents.releases(principal.orgId, agent.agentId),
      tallies.of(principal.orgId, agent.agentId),
    ]);
    const instances = runtime.instances(agent.agentId);
    const views = releases.map((release) => toReleaseView({ agent, release }, { instances, tallies: counted }));
    return { agent, releases: views };
  }

  async traffic(principal: Principal, agentName: string): Promise<AgentRecord> {
    authorize(principal, "agent.inspect");
    return await this.#read(principal, agentName);
  }

  async split(
    principal: Principal,
    agentName: string,
    asked: readonly TrafficShare[],
    options: ChangeOptions = {},
  ): Promise<AgentRecord> {
    authorize(principal, "agent.traffic");
    assertShares(asked);
    const agent = await this.#expected(principal, agentName, options);
    const releases = await Promise.all(
      asked.map(async ({ releaseId }) => await this.#release(principal, agentName, releaseId)),
    );
    const shares = releases
      .map(({ release: { releaseId } }, index) => ({ releaseId, basisPoints: asked[index]?.basisPoints ?? 0 }))
      .toSorted((a, b) => b.basisPoints - a.basisPoints);
    if (new Set(shares.map(({ releaseId }) => releaseId)).size !== shares.length) {
      throw invalidParams([{ field: "shares", description: "must name each release once" }]);
    }
    const [first] = shares;
    const activeReleaseId = first?.releaseId ?? agent.activeReleaseId;
    const moved = this.#moved(agent, activeReleaseId, principal);
    const change = { action: "traffic.split", activeReleaseId, traffic: { ...moved, shares } } as const;
    return await this.#apply(principal, agent, change, releases);
  }

  async promote(
    principal: Principal,
    agentName: string,
    wanted: string,
    options: ChangeOptions = {},
  ): Promise<AgentRecord> {
    authorize(principal, "agent.traffic");
    const agent = await this.#expected(principal, agentName, options);
    const target = await this.#release(principal, agentName, wanted);
    const { releaseId } = target.release;
    const isCanary = agent.traffic.canary?.releaseId === releaseId;
    const ended = this.#how(principal, isCanary ? "promoted" : "superseded");
    const traffic = movedTo(agent.traffic, agent.activeReleaseId, { releaseId, ended });
    return await this.#apply(principal, agent, { action: "release.promote", activeReleaseId: releaseId, traffic }, [
      target,
    ]);
  }

  async rollback(
    principal: Principal,
    agentName: string,
    wanted: string | undefined,
    options: ChangeOptions = {},
  ): Promise<AgentRecord> {
    authorize(principal, "agent.traffic");
    const agent = await this.#expected(principal, agentName, options);
    const { traffic, activeReleaseId } = agent;
    const back = wanted ?? (isSplit(traffic) ? activeReleaseId : traffic.earlier.at(-1));
    if (back === undefined) {
      throw new PlatformError("RELEASE_NOT_FOUND", `The agent "${agentName}" had no other release before this one.`, {
        hint: `\`a2a releases list ${agentName}\` shows those there are.`,
      });
    }
    const target = await this.#release(principal, agentName, back);
    const { releaseId } = target.release;
    // What is left behind is not gone back to: twice rolled back is two releases back.
    const at = traffic.earlier.lastIndexOf(releaseId);
    const earlier = at === -1 ? traffic.earlier : traffic.earlier.slice(0, at);
    const ended = endedWith(traffic, this.#how(principal, "rolled_back"));
    const { shares } = allTo(releaseId);
    const moved: AgentTraffic = { shares, earlier, ended };
    return await this.#apply(
      principal,
      agent,
      { action: "release.rollback", activeReleaseId: releaseId, traffic: moved },
      [target],
    );
  }

  /** A split ends a canary: what each gets is then what was asked for. */
  #moved(agent: AgentRecord, releaseId: string, principal: Principal): AgentTraffic {
    const ended = this.#how(principal, "superseded");
    return movedTo(agent.traffic, agent.activeReleaseId, { releaseId, ended });
  }

  #how(
    principal: Principal,
    outcome: "promoted" | "rolled_back" | "superseded",
  ): { readonly outcome: typeof outcome; readonly reason: string; readonly endedAt: string } {
    return { outcome, reason: `by ${principal.id}`, endedAt: this.#options.now().toISOString() };
  }

  /** New releases are up before anybody is sent to them. */
  async #apply(
    principal: Principal,
    agent: AgentRecord,
    { action, activeReleaseId, traffic }: Change,
    targets: readonly AgentWithRelease[],
  ): Promise<AgentRecord> {
    const { store, now, canaries } = this.#options;
    const served = agent.traffic.shares.map(({ releaseId }) => releaseId);
    const signal = AbortSignal.timeout(HEALTHY_TIMEOUT_MS);
    for (const target of targets) {
      if (!served.includes(target.release.releaseId)) await this.#options.traffic.assertHealthy(target, signal);
    }
    const { orgId, id: actor } = principal;
    const detail = {
      shares: Object.fromEntries(traffic.shares.map(({ releaseId, basisPoints }) => [releaseId, basisPoints])),
    };
    const entry = {
      orgId,
      at: now().toISOString(),
      actor,
      action,
      resource: agent.name,
      outcome: "ok",
      detail,
    } as const;
    return await audited(store.audit, entry, async () => {
      const moved = await this.#options.traffic.route(agent, { activeReleaseId, traffic });
      canaries.see(moved);
      return moved;
    });
  }

  /** As it is now, not as it was a moment ago. */
  async #read(principal: Principal, agentName: string): Promise<AgentRecord> {
    const { agent } = await this.#options.registry.find(principal, agentName);
    const found = await this.#options.store.agents.findById(principal.orgId, agent.agentId);
    return found?.agent ?? agent;
  }

  async #expected(principal: Principal, agentName: string, { expectedVersion }: ChangeOptions): Promise<AgentRecord> {
    const agent = await this.#read(principal, agentName);
    if (expectedVersion === undefined || expectedVersion === agent.version) return agent;
    throw new PlatformError("STORE_CONFLICT", `The traffic of "${agentName}" is at version ${agent.version} by now.`, {
      hint: "Look at it again, then decide.",
    });
  }

  async #release(principal: Principal, agentName: string, release: string): Promise<AgentWithRelease> {
    return await this.#options.registry.findRelease(principal, agentName, release);
  }
}

function isSplit({ shares }: AgentTraffic): boolean {
  return shares.length > 1;
}

/** @throws INVALID_PARAMS */
function assertShares(shares: readonly TrafficShare[]): void {
  const sum = shares.reduce((total, { basisPoints }) => total + basisPoints, 0);
  const areWhole = shares.every(({ basisPoints }) => Number.isInteger(basisPoints) && basisPoints > 0);
  if (shares.length > 0 && shares.length <= MAX_SHARES && areWhole && sum === ALL_TRAFFIC) return;
  const description = `must be 1 to ${MAX_SHARES} releases with more than 0 percent each, of at most 2 decimals, 100 together`;
  throw invalidParams([{ field: "shares", description }]);
}
