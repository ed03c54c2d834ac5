import type { AgentStore, AgentWithRelease } from "@berth/store";

/**
 * Agents as running deployments are about to make them. Who runs, meters and receipts a call finds its release by id; in
 * the store it stands only once it is published, so that nobody lists it, pins it or gives it traffic before.
 */
export class Candidates {
  readonly #byRelease = new Map<string, AgentWithRelease>();

  /** Until it is disposed of. */
  hold(candidate: AgentWithRelease): Disposable {
    const { orgId, releaseId } = candidate.release;
    const key = keyOf(orgId, releaseId);
    this.#byRelease.set(key, candidate);
    return { [Symbol.dispose]: () => void this.#byRelease.delete(key) };
  }

  /** The store with them in it, for whoever asks by an id. */
  over(agents: AgentStore): AgentStore {
    return {
      findRelease: async (orgId, releaseId) =>
        this.#byRelease.get(keyOf(orgId, releaseId))?.release ?? (await agents.findRelease(orgId, releaseId)),
      findById: async (orgId, agentId) => (await agents.findById(orgId, agentId)) ?? this.#newAgent(orgId, agentId),
      find: async (orgId, name) => await agents.find(orgId, name),
      publish: async (agent, release) => await agents.publish(agent, release),
      addRelease: async (agentName, release) => await agents.addRelease(agentName, release),
      route: async (orgId, agentId, route) => await agents.route(orgId, agentId, route),
      withCanary: async () => await agents.withCanary(),
      keepTallies: async (tallies) => await agents.keepTallies(tallies),
      tallies: async (orgId, agentId) => await agents.tallies(orgId, agentId),
      hasDigest: async (digest) => await agents.hasDigest(digest),
      releases: async (orgId, agentId) => await agents.releases(orgId, agentId),
      list: async (filter, page) => await agents.list(filter, page),
      remove: async (orgId, name) => await agents.remove(orgId, name),
    };
  }

  #newAgent(orgId: string, agentId: string): AgentWithRelease | undefined {
    const all = [...this.#byRelease.values()];
    return all.find(({ agent }) => agent.orgId === orgId && agent.agentId === agentId);
  }
}

function keyOf(orgId: string, releaseId: string): string {
  return `${orgId} ${releaseId}`;
}
