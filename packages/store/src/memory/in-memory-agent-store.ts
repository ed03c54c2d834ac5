import { PlatformError } from "@berth/protocol";
import type {
  AgentFilter,
  AgentRecord,
  AgentStore,
  AgentWithRelease,
  PublishedAgent,
  ReleaseRecord,
  Route,
} from "../agent-store.ts";
import { agentTerms, termsOfFilter } from "../agent-terms.ts";
import { publishedOver } from "../agent-traffic.ts";
import type { ReleaseTally } from "../agent-traffic.ts";
import { checkPublish, checkRoute, copyOfRelease, releaseConflict, routeConflict } from "../publish.ts";
import { boundPageSize, decodePageToken, encodePageToken, isTextPart } from "../page-token.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryAgentStore implements AgentStore {
  readonly #state: InMemoryState;
  readonly #now: () => Date;
  /** Agents that are not removed, by (orgId, name). */
  readonly #agents = new Map<string, AgentRecord>();
  readonly #removed = new Set<string>();
  readonly #releases = new Map<string, ReleaseRecord>();
  readonly #tallies = new Map<string, ReleaseTally>();

  constructor(state: InMemoryState, now: () => Date) {
    this.#state = state;
    this.#now = now;
  }

  async publish(agent: PublishedAgent, release: ReleaseRecord): Promise<AgentWithRelease> {
    this.#state.assertOpen();
    checkPublish(agent, release);
    const { orgId, agentId, name } = agent;
    const holder = this.#agents.get(keyOf(orgId, name));
    if (holder !== undefined && holder.agentId !== agentId) {
      throw new PlatformError("STORE_CONFLICT", `The name ${name} belongs to another agent.`);
    }
    if (this.#removed.has(keyOf(orgId, agentId))) {
      throw new PlatformError("STORE_CONFLICT", `Agent ${name} was removed.`);
    }
    const saved = this.#asSaved(release);
    const before = this.#byId(orgId, agentId);
    const at = this.#now().toISOString();
    const { kind, activeReleaseId } = agent;
    const record = {
      orgId,
      agentId,
      name,
      kind,
      activeReleaseId,
      version: (before?.version ?? 0) + 1,
      traffic: publishedOver(before, activeReleaseId, at),
      createdAt: before?.createdAt ?? at,
      updatedAt: at,
    };
    if (before !== undefined) this.#agents.delete(keyOf(orgId, before.name));
    this.#agents.set(keyOf(orgId, name), record);
    this.#releases.set(keyOf(orgId, saved.releaseId), saved);
    return { agent: record, release: saved };
  }

  async addRelease(_agentName: string, release: ReleaseRecord): Promise<void> {
    this.#state.assertOpen();
    if (this.#byId(release.orgId, release.agentId) === undefined) throw routeConflict();
    this.#releases.set(keyOf(release.orgId, release.releaseId), this.#asSaved(release));
  }

  async route(orgId: string, agentId: string, route: Route): Promise<AgentWithRelease> {
    this.#state.assertOpen();
    checkRoute(route);
    const before = this.#byId(orgId, agentId);
    const release = this.#releases.get(keyOf(orgId, route.activeReleaseId));
    if (before?.version !== route.expectedVersion || release?.agentId !== agentId) throw routeConflict();
    const agent = {
      ...before,
      activeReleaseId: route.activeReleaseId,
      version: before.version + 1,
      traffic: structuredClone(route.traffic),
      updatedAt: this.#now().toISOString(),
    };
    this.#agents.set(keyOf(orgId, agent.name), agent);
    return { agent, release };
  }

  async withCanary(): Promise<readonly AgentRecord[]> {
    this.#state.assertOpen();
    return [...this.#agents.values()].filter(({ traffic }) => traffic.canary !== undefined);
  }

  async keepTallies(tallies: readonly ReleaseTally[]): Promise<void> {
    this.#state.assertOpen();
    for (const tally of tallies) this.#tallies.set(keyOf(tally.orgId, tally.releaseId), structuredClone(tally));
  }

  async tallies(orgId: string, agentId: string): Promise<readonly ReleaseTally[]> {
    this.#state.assertOpen();
    return [...this.#tallies.values()].filter((tally) => tally.orgId === orgId && tally.agentId === agentId);
  }

  #asSaved(release: ReleaseRecord): ReleaseRecord {
    const { orgId, releaseId, agentId, digest } = release;
    const saved = this.#releases.get(keyOf(orgId, releaseId)) ?? copyOfRelease(release);
    if (saved.agentId !== agentId || saved.digest !== digest) throw releaseConflict(release);
    return saved;
  }

  async find(orgId: string, name: string): Promise<AgentWithRelease | undefined> {
    this.#state.assertOpen();
    return this.#withRelease(this.#agents.get(keyOf(orgId, name)));
  }

  async findById(orgId: string, agentId: string): Promise<AgentWithRelease | undefined> {
    this.#state.assertOpen();
    return this.#withRelease(this.#byId(orgId, agentId));
  }

  async findRelease(orgId: string, releaseId: string): Promise<ReleaseRecord | undefined> {
    this.#state.assertOpen();
    return this.#releases.get(keyOf(orgId, releaseId));
  }

  async hasDigest(digest: string): Promise<boolean> {
    this.#state.assertOpen();
    return [...this.#releases.values()].some((release) => release.digest === digest);
  }

  async releases(orgId: string, agentId: string): Promise<readonly ReleaseRecord[]> {
    this.#state.assertOpen();
    return [...this.#releases.values()]
      .filter((release) => release.orgId === orgId && release.agentId === agentId)
      .sort((a, b) => (keyOf(a.createdAt, a.releaseId) > keyOf(b.createdAt, b.releaseId) ? -1 : 1));
  }

  async list(
    filter: AgentFilter,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly agents: readonly AgentWithRelease[]; readonly nextPageToken?: string }> {
    this.#state.assertOpen();
    const [from] = page.token === undefined ? [] : decodePageToken("agents", page.token, [isTextPart]);
    const size = boundPageSize(page.size);
    const rest = [...this.#agents.values()]
      .filter((agent) => agent.orgId === filter.orgId && (from === undefined || agent.name > from))
      .flatMap((agent) => this.#withRelease(agent) ?? [])
      .filter(matching(filter))
      .sort((a, b) => (a.agent.name < b.agent.name ? -1 : 1));
    const agents = rest.slice(0, size);
    const last = agents.at(-1);
    const more = rest.length > size && last !== undefined;
    return { agents, ...(more ? { nextPageToken: encodePageToken("agents", [last.agent.name]) } : {}) };
  }

  async remove(orgId: string, name: string): Promise<boolean> {
    this.#state.assertOpen();
    const agent = this.#agents.get(keyOf(orgId, name));
    if (agent !== undefined) this.#removed.add(keyOf(orgId, agent.agentId));
    return this.#agents.delete(keyOf(orgId, name));
  }

  #byId(orgId: string, agentId: string): AgentRecord | undefined {
    return [...this.#agents.values()].find((agent) => agent.orgId === orgId && agent.agentId === agentId);
  }

  #withRelease(agent: AgentRecord | undefined): AgentWithRelease | undefined {
    if (agent === undefined) return undefined;
    const release = this.#releases.get(keyOf(agent.orgId, agent.activeReleaseId));
    if (release === undefined) throw new Error(`agent ${agent.name} without its release`);
    return { agent, release };
  }
}

function matching(filter: AgentFilter): (found: AgentWithRelease) => boolean {
  const { name, kind } = filter;
  const { tags, skill, text } = termsOfFilter(filter);
  return ({ agent, release }) => {
    const terms = agentTerms(agent.name, release);
    return (
      (name === undefined || agent.name === name) &&
      (kind === undefined || agent.kind === kind) &&
      tags.every((tag) => terms.tags.includes(tag)) &&
      (skill === undefined || terms.skills.includes(skill)) &&
      (text === undefined || terms.text.includes(text))
    );
  };
}
