import type { ReleaseSpec, Runtime } from "@berth/runtime";
import type { PlacedTraffic } from "../targets/placed-traffic.ts";
import type { AgentRecord, AgentWithRelease, Route, Store } from "@berth/store";

export interface TrafficSwitchOptions {
  readonly store: Pick<Store, "agents">;
  readonly runtime: Pick<Runtime, "drain" | "connector">;
  readonly specOf: (agent: AgentWithRelease) => ReleaseSpec;
  /** Called when the agent has changed, before anything else learns of it. */
  readonly onMoved: (orgId: string, name: string) => void;
  /** For releases on targets. */
  readonly placed?: Pick<PlacedTraffic, "assertPlaced" | "follow">;
  readonly log?: (line: string) => void;
}

/** Moves an agent's traffic: first the new release is up, then the traffic moves, then the old one drains. */
export class TrafficSwitch {
  readonly #options: TrafficSwitchOptions;
  #draining: Promise<void> = Promise.resolve();

  constructor(options: TrafficSwitchOptions) {
    this.#options = options;
  }

  /** Starts an instance of the release and has it serve its card. @throws what keeps it from that */
  async assertHealthy(agent: AgentWithRelease, signal: AbortSignal): Promise<void> {
    if (agent.release.remote !== undefined) return;
    await this.#options.placed?.assertPlaced(agent);
    await this.#options.runtime.connector.readCard(this.#options.specOf(agent), signal);
  }

  /** @throws STORE_CONFLICT when `agent` is not as it was seen. */
  async route(
    { orgId, agentId, name, version }: AgentRecord,
    route: Omit<Route, "expectedVersion">,
  ): Promise<AgentRecord> {
    const { agent } = await this.#options.store.agents.route(orgId, agentId, { ...route, expectedVersion: version });
    this.#options.onMoved(orgId, name);
    this.#settle(agent, { hasMoved: true });
    return agent;
  }

  /**
   * Releases without traffic finish what they have, then stop; nobody waits for it here. What is kept is read when it is
   * about to happen, one after the other, so that the last change wins whichever is told last.
   */
  drainOthers(agent: Pick<AgentRecord, "orgId" | "agentId">): void {
    this.#settle(agent, { hasMoved: false });
  }

  #settle({ orgId, agentId }: Pick<AgentRecord, "orgId" | "agentId">, how: { readonly hasMoved: boolean }): void {
    const { store, runtime, placed, log } = this.#options;
    const failed = (error: unknown): void => log?.(`draining ${agentId}: ${String(error)}`);
    this.#draining = this.#draining.then(async () => {
      const found = await store.agents.findById(orgId, agentId);
      if (found === undefined) return;
      const keep = found.agent.traffic.shares.map(({ releaseId }) => releaseId);
      void runtime.drain(agentId, keep).catch(failed);
      placed?.follow(found.agent, how);
    }, failed);
    this.#draining = this.#draining.catch(failed);
  }
}
