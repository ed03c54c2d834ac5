import { DEFAULT_ORG_ID, PlatformError, isPlatformError } from "@berth/protocol";
import type { IdGenerator, Principal } from "@berth/protocol";
import { readRemoteCard, selectInterface } from "@berth/runtime";
import type { OutboundHttp, RemoteCard } from "@berth/runtime";
import type { AgentWithRelease, RemoteRelease, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { digestOf } from "../receipts/node-sha256.ts";
import type { SecretSealer } from "../webhooks/seal-secret.ts";
import { agentNameOf, assertAgentName } from "./agent-name.ts";
import { cardDrift } from "./card-drift.ts";
import type { RunningRegistry } from "./create-registry.ts";
import { credentialHeader } from "./credential-header.ts";
import type { CredentialHeader } from "./credential-header.ts";
import type { ImportRequest, RemoteAgents, RemoteStatus } from "./remote-agents.ts";
import { openCredential, toRemoteRelease } from "./remote-release.ts";

export interface RemoteAgentsOptions {
  readonly store: Pick<Store, "agents" | "audit">;
  readonly registry: Pick<RunningRegistry, "find" | "forget">;
  readonly outbound: Pick<OutboundHttp, "assertUrl" | "request">;
  readonly sealer: SecretSealer;
  readonly ids: IdGenerator;
  readonly now: () => Date;
}

export interface WatchedRemoteAgents extends RemoteAgents {
  /** Looks at every remote agent's card, a few at a time, and forgets those that are gone. */
  refreshAll(signal: AbortSignal): Promise<void>;
}

export function createRemoteAgents(options: RemoteAgentsOptions): WatchedRemoteAgents {
  return new StoreRemoteAgents(options);
}

const PAGE = 100;
/** More are looked at by `refresh` alone. */
const MAX_WATCHED = 1_000;
const AT_ONCE = 4;

type RemoteAgent = AgentWithRelease & { readonly release: { readonly remote: RemoteRelease } };

class StoreRemoteAgents implements WatchedRemoteAgents {
  readonly #options: RemoteAgentsOptions;
  readonly #status = new Map<string, RemoteStatus>();

  constructor(options: RemoteAgentsOptions) {
    this.#options = options;
  }

  async import(principal: Principal, request: ImportRequest): Promise<AgentWithRelease> {
    authorize(principal, "agent.import");
    const { url, credential, visibility = "private" } = request;
    if (request.name !== undefined) assertAgentName(request.name);
    const found = await readRemoteCard(this.#options.outbound, url);
    const header = credential === undefined ? undefined : credentialHeader(found.card, credential);
    const name = request.name ?? agentNameOf(found.card);
    if (principal.agents?.includes(name) === false) {
      throw new PlatformError("PERMISSION_DENIED", `This key is for ${principal.agents.join(", ")} only.`);
    }
    const known = await this.#options.store.agents.find(principal.orgId, name);
    if (known !== undefined && known.agent.kind !== "remote") {
      throw new PlatformError("STORE_CONFLICT", `The name "${name}" belongs to an agent that runs here.`, {
        hint: "Import it under another name.",
      });
    }
    return await this.#publish(principal, "agent.import", { name, known, found, visibility, credential: header });
  }

  async refresh(principal: Principal, name: string): Promise<AgentWithRelease> {
    authorize(principal, "agent.import");
    const agent = await this.#find(principal, name);
    await this.#look(agent);
    return agent;
  }

  async accept(principal: Principal, name: string, digest?: string): Promise<AgentWithRelease> {
    authorize(principal, "agent.import");
    const agent = await this.#find(principal, name);
    const { release } = agent;
    const shown = digest ?? this.status(release.releaseId)?.drift?.newDigest;
    const found = await readRemoteCard(this.#options.outbound, release.remote.cardUrl);
    const current = this.#note(agent, found);
    if (current.drift === undefined) return agent;
    if (current.drift.newDigest !== shown) {
      throw new PlatformError("STORE_CONFLICT", `The card of "${name}" has changed since it was last looked at.`, {
        hint: `Look at what changed (a2a agents show ${name}), then accept it.`,
      });
    }
    return await this.#publish(principal, "agent.accept-card", {
      name,
      known: agent,
      found,
      visibility: release.config.visibility,
      credential: this.#carriedCredential(release, found),
    });
  }

  status(releaseId: string): RemoteStatus | undefined {
    return this.#status.get(releaseId);
  }

  async refreshAll(signal: AbortSignal): Promise<void> {
    const agents = await this.#all();
    const active = new Set(agents.map(({ release }) => release.releaseId));
    for (const releaseId of this.#status.keys()) if (!active.has(releaseId)) this.#status.delete(releaseId);
    const waiting = agents.values();
    const look = async (): Promise<void> => {
      for (const agent of waiting) {
        if (signal.aborted) return;
        await this.#look(agent, signal);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, look));
  }

  async #all(): Promise<readonly RemoteAgent[]> {
    const found: RemoteAgent[] = [];
    let token: string | undefined;
    do {
      const page = { size: PAGE, ...(token === undefined ? {} : { token }) };
      const { agents, nextPageToken } = await this.#options.store.agents.list(
        { orgId: DEFAULT_ORG_ID, kind: "remote" },
        page,
      );
      found.push(...agents.filter(isRemote));
      token = nextPageToken;
    } while (token !== undefined && found.length < MAX_WATCHED);
    return found;
  }

  async #find(principal: Principal, name: string): Promise<RemoteAgent> {
    const found = await this.#options.registry.find(principal, name);
    if (isRemote(found)) return found;
    throw new PlatformError("UNSUPPORTED_OPERATION", `The agent "${name}" runs here: its card changes by a deploy.`);
  }

  async #look(agent: RemoteAgent, signal?: AbortSignal): Promise<void> {
    try {
      this.#note(agent, await readRemoteCard(this.#options.outbound, agent.release.remote.cardUrl, signal));
    } catch (error) {
      if (!isPlatformError(error)) throw error;
      if (signal?.aborted === true) return;
      const { releaseId } = agent.release;
      const { drift } = this.#status.get(releaseId) ?? {};
      const checkedAt = this.#options.now().toISOString();
      this.#status.set(releaseId, { checkedAt, problem: error.message, ...(drift === undefined ? {} : { drift }) });
    }
  }

  #note({ release }: RemoteAgent, found: RemoteCard): RemoteStatus {
    const digest = digestOf(found.text);
    const status = {
      checkedAt: this.#options.now().toISOString(),
      ...(digest === release.digest ? {} : { drift: cardDrift(release, { digest, card: found.card }) }),
    };
    this.#status.set(release.releaseId, status);
    return status;
  }

  /** A secret was given for one place: a card that moves elsewhere does not take it along. */
  #carriedCredential(
    { releaseId, remote }: RemoteAgent["release"],
    { card }: RemoteCard,
  ): CredentialHeader | undefined {
    const { credential } = remote;
    if (credential === undefined) return undefined;
    const { url } = selectInterface(card);
    if (new URL(url).origin === new URL(remote.url).origin) {
      const value = openCredential({ releaseId, remote, credential }, this.#options.sealer);
      return { header: credential.header, value };
    }
    throw new PlatformError("CONFIG_INVALID", `The new card moves the agent to ${new URL(url).origin}.`, {
      hint: "Its credential was given for another address: import the agent again, with the credential for the new one.",
    });
  }

  async #publish(
    principal: Principal,
    action: string,
    {
      name,
      known,
      found,
      visibility,
      credential,
    }: {
      readonly name: string;
      readonly known: AgentWithRelease | undefined;
      readonly found: RemoteCard;
      readonly visibility: "public" | "private";
      readonly credential: CredentialHeader | undefined;
    },
  ): Promise<AgentWithRelease> {
    const { store, registry, ids, now } = this.#options;
    const { orgId } = principal;
    const at = now().toISOString();
    const agentId = known?.agent.agentId ?? ids("agent");
    const releaseId = ids("release");
    const fields = { orgId, agentId, releaseId, found, visibility, credential, createdAt: at };
    const release = await toRemoteRelease(fields, this.#options);
    const entry = { orgId, at, actor: principal.id, action, resource: name, outcome: "ok" } as const;
    const published = await audited(
      store.audit,
      entry,
      async () =>
        await store.agents.publish({ orgId, agentId, name, kind: "remote", activeReleaseId: releaseId }, release),
    );
    registry.forget(orgId, name);
    this.#status.set(releaseId, { checkedAt: at });
    if (known !== undefined) this.#status.delete(known.release.releaseId);
    return published;
  }
}

function isRemote(found: AgentWithRelease): found is RemoteAgent {
  return found.release.remote !== undefined;
}
