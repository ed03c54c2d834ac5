import { DEFAULT_ORG_ID, PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { Runtime } from "@berth/runtime";
import type { AgentFilter, AgentRecord, AgentWithRelease, ReleaseRecord, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { RecentReads } from "../recent-reads.ts";
import { visibleTo, withoutHiddenSkills } from "../cards/hidden-skills.ts";
import { isReleaseLabel, releaseLabel } from "../releases/release-label.ts";
import type { Registry } from "./registry.ts";

/** Releases of which the record is kept in memory. */
const MAX_RELEASES = 1_000;

export interface RegistryOptions {
  readonly store: Store;
  readonly runtime: Pick<Runtime, "drain">;
  /** What runs on targets; default: nothing does. */
  readonly leaveTargets?: (agent: AgentRecord, options: { readonly abandon: boolean }) => Promise<void>;
  readonly now: () => Date;
}

export interface RunningRegistry extends Registry {
  /** The agent has changed: the next look reads it anew. */
  forget(orgId: string, name: string): void;
}

export function createRegistry(options: RegistryOptions): RunningRegistry {
  return new StoreRegistry(options);
}

class StoreRegistry implements RunningRegistry {
  readonly #options: RegistryOptions;
  /** Every call looks its agent up: the hottest read there is. */
  readonly #agents: RecentReads<AgentWithRelease | undefined>;

  /** By agent and id or label. */
  readonly #releases = new Map<string, ReleaseRecord>();

  constructor(options: RegistryOptions) {
    this.#options = options;
    this.#agents = new RecentReads(options.now);
  }

  async find(principal: Principal, name: string): Promise<AgentWithRelease> {
    const found = await this.#look(principal.orgId, name);
    if (found !== undefined && isVisible(principal, found)) return visibleTo(principal, found);
    if (principal.kind !== "anonymous") throw agentNotFound(name);
    throw new PlatformError("UNAUTHENTICATED", `There is no public agent "${name}" here.`, {
      hint: "Send `Authorization: Bearer <API key>` to reach the private ones.",
    });
  }

  async findRelease(principal: Principal, name: string, release: string): Promise<AgentWithRelease> {
    const found = await this.find(principal, name);
    const pinned = await this.#withRelease(found, release);
    if (pinned === undefined || !isVisible(principal, pinned)) throw releaseNotFound(name, release);
    return visibleTo(principal, pinned);
  }

  async findForCard(name: string, release?: string): Promise<AgentWithRelease> {
    const found = await this.#look(DEFAULT_ORG_ID, name);
    if (found === undefined) throw agentNotFound(name);
    const shown = release === undefined ? found : await this.#withRelease(found, release);
    if (shown === undefined) throw releaseNotFound(name, release ?? "");
    return withoutHiddenSkills(shown);
  }

  async list(
    principal: Principal,
    filter: Omit<AgentFilter, "orgId">,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly agents: readonly AgentWithRelease[]; readonly nextPageToken?: string }> {
    const { agents, nextPageToken } = await this.#options.store.agents.list(
      { ...filter, orgId: principal.orgId },
      page,
    );
    const visible = agents.filter((agent) => isVisible(principal, agent)).map((agent) => visibleTo(principal, agent));
    return { agents: visible, ...(nextPageToken === undefined ? {} : { nextPageToken }) };
  }

  async remove(
    principal: Principal,
    name: string,
    { abandon = false }: { readonly abandon?: boolean } = {},
  ): Promise<void> {
    authorize(principal, "agent.remove");
    const { agent } = await this.find(principal, name);
    const { store, runtime, leaveTargets, now } = this.#options;
    const { orgId, id: actor } = principal;
    const entry = { orgId, at: now().toISOString(), actor, action: "agent.remove", resource: name } as const;
    const detail = abandon ? { detail: { abandon } } : {};
    await audited(store.audit, { ...entry, ...detail, outcome: "ok" }, async () => {
      await leaveTargets?.(agent, { abandon });
      const removed = await store.agents.remove(orgId, name);
      this.forget(orgId, name);
      if (!removed) throw agentNotFound(name);
    });
    await runtime.drain(agent.agentId);
  }

  forget(orgId: string, name: string): void {
    this.#agents.forget(`${orgId} ${name}`);
  }

  /** Releases never change, so what was read once stays true. */
  async #withRelease(found: AgentWithRelease, wanted: string): Promise<AgentWithRelease | undefined> {
    const { agent } = found;
    if (found.release.releaseId === wanted) return found;
    const key = `${agent.agentId} ${wanted}`;
    const known = this.#releases.get(key);
    if (known !== undefined) return { agent, release: known };
    const { agents } = this.#options.store;
    const release = isReleaseLabel(wanted)
      ? (await agents.releases(agent.orgId, agent.agentId)).find(({ releaseId }) => releaseLabel(releaseId) === wanted)
      : await agents.findRelease(agent.orgId, wanted);
    if (release?.agentId !== agent.agentId) return undefined;
    if (this.#releases.size >= MAX_RELEASES) this.#releases.clear();
    this.#releases.set(key, release);
    return { agent, release };
  }

  async #look(orgId: string, name: string): Promise<AgentWithRelease | undefined> {
    return await this.#agents.read(`${orgId} ${name}`, async () => await this.#options.store.agents.find(orgId, name));
  }
}

function isVisible(principal: Principal, { agent, release }: AgentWithRelease): boolean {
  if (principal.agents?.includes(agent.name) === false) return false;
  return principal.kind !== "anonymous" || release.config.visibility === "public";
}

function agentNotFound(name: string): PlatformError {
  return new PlatformError("AGENT_NOT_FOUND", `There is no agent "${name}" here, or you may not see it.`, {
    hint: "`a2a agents` lists those you may call.",
  });
}

function releaseNotFound(name: string, releaseId: string): PlatformError {
  return new PlatformError("RELEASE_NOT_FOUND", `The agent "${name}" has no release "${releaseId}".`, {
    hint: `\`a2a releases list ${name}\` shows them.`,
  });
}
