import { PlatformError } from "@berth/protocol";
import type { AgentFilter, AgentRecord, AgentStore, AgentWithRelease, ReleaseRecord } from "../agent-store.ts";
import { agentTerms, termsOfFilter } from "../agent-terms.ts";
import { checkPublish, copyOfRelease, releaseConflict } from "../publish.ts";
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

  constructor(state: InMemoryState, now: () => Date) {
    this.#state = state;
    this.#now = now;
  }

  async publish(
    agent: Omit<AgentRecord, "createdAt" | "updatedAt">,
    release: ReleaseRecord,
  ): Promise<AgentWithRelease> {
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
    const releaseKey = keyOf(orgId, release.releaseId);
    const saved = this.#releases.get(releaseKey) ?? copyOfRelease(release);
    if (saved.agentId !== agentId || saved.digest !== release.digest) throw releaseConflict(release);
    const before = this.#byId(orgId, agentId);
    const at = this.#now().toISOString();
    const { kind, activeReleaseId } = agent;
    const record = { orgId, agentId, name, kind, activeReleaseId, createdAt: before?.createdAt ?? at, updatedAt: at };
    if (before !== undefined) this.#agents.delete(keyOf(orgId, before.name));
    this.#agents.set(keyOf(orgId, name), record);
    this.#releases.set(releaseKey, saved);
    return { agent: record, release: saved };
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
