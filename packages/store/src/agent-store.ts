import type { AgentCard, AgentConfig, SkillSchemas } from "@berth/protocol";

/** deployed: built and run here. remote: an A2A server elsewhere. internal: in our process. attached: over a tunnel. */
export type AgentKind = "deployed" | "remote" | "internal" | "attached";

export interface AgentRecord {
  readonly orgId: string;
  readonly agentId: string;
  /** Unique in the organization among agents that are not removed. */
  readonly name: string;
  readonly kind: AgentKind;
  readonly activeReleaseId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Immutable once saved. */
export interface ReleaseRecord {
  readonly orgId: string;
  readonly releaseId: string;
  readonly agentId: string;
  /** `sha256:<hex>` of the built bundle; its files are in the release folder of that digest. Of `remote`: of its card's text. */
  readonly digest: string;
  readonly config: AgentConfig;
  /** The card as the agent published it, normalised to 1.0. */
  readonly card: AgentCard;
  /** The card's text as the agent gave it, before anything was read into it: what a later reader can hash and compare. */
  readonly upstreamCard?: string;
  readonly skillSchemas: readonly SkillSchemas[];
  /** How the runtime starts it, see runtime's ReleaseSpec. */
  readonly entry: string;
  /** True: run outside the sandbox, by the deployer's explicit word. */
  readonly trusted: boolean;
  /** Set for agents of kind `remote`: nothing of theirs is here but this. */
  readonly remote?: RemoteRelease;
  readonly createdAt: string;
}

/** Where an agent elsewhere is and how it is spoken to. */
export interface RemoteRelease {
  /** Where its card was found. */
  readonly cardUrl: string;
  /** The interface of its card that was chosen. */
  readonly url: string;
  readonly protocolBinding: string;
  readonly protocolVersion: string;
  readonly tenant?: string;
  /** A header for its interface; the value is sealed, only control can open it. */
  readonly credential?: { readonly header: string; readonly sealed: string };
}

export interface AgentWithRelease {
  readonly agent: AgentRecord;
  readonly release: ReleaseRecord;
}

export interface AgentFilter {
  readonly orgId: string;
  readonly name?: string;
  readonly kind?: AgentKind;
  /** Every tag must be on a skill or in the config. */
  readonly tags?: readonly string[];
  readonly skill?: string;
  /** Case-insensitive substring of name, description, skills and tags. */
  readonly text?: string;
}

export interface AgentStore {
  /**
   * One transaction: the release is saved, the agent is made or moved to it. From the moment this returns every reader
   * sees the new release and never a mixture.
   */
  publish(agent: Omit<AgentRecord, "createdAt" | "updatedAt">, release: ReleaseRecord): Promise<AgentWithRelease>;
  find(orgId: string, name: string): Promise<AgentWithRelease | undefined>;
  findById(orgId: string, agentId: string): Promise<AgentWithRelease | undefined>;
  findRelease(orgId: string, releaseId: string): Promise<ReleaseRecord | undefined>;
  /** Newest first. */
  releases(orgId: string, agentId: string): Promise<readonly ReleaseRecord[]>;
  /** Ordered by name. `token` is opaque. */
  list(
    filter: AgentFilter,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{
    readonly agents: readonly AgentWithRelease[];
    readonly nextPageToken?: string;
  }>;
  /** The name is free again; releases stay, because receipts name them. False when there was none. */
  remove(orgId: string, name: string): Promise<boolean>;
}
