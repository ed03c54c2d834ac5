import type { AgentCard, AgentConfig, JsonObject, ReleaseImage, ReleaseProgram, SkillSchemas } from "@berth/protocol";
import type { AgentTraffic, ReleaseTally } from "./agent-traffic.ts";

/** deployed: built and run here. remote: an A2A server elsewhere. internal: in our process. attached: over a tunnel. */
export type AgentKind = "deployed" | "remote" | "internal" | "attached";

export interface AgentRecord {
  readonly orgId: string;
  readonly agentId: string;
  /** Unique in the organization among agents that are not removed. */
  readonly name: string;
  readonly kind: AgentKind;
  /** The one that its card and documents are of. */
  readonly activeReleaseId: string;
  /** Counts what was published and how traffic was moved; whoever changes it names the one they have seen. */
  readonly version: number;
  readonly traffic: AgentTraffic;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** What is said of an agent when a release of it is published. */
export type PublishedAgent = Omit<AgentRecord, "version" | "traffic" | "createdAt" | "updatedAt">;

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
  /** Set for what neither Node nor the WebAssembly host runs. */
  readonly program?: ReleaseProgram;
  /** In the organization's repository of the agent's name. Absent of releases that were made before there were images. */
  readonly image?: ReleaseImage;
  /** The organization's target it runs on; absent: this platform. */
  readonly target?: string;
  /** Where it is there and how it is called, as the target gave it. */
  readonly placement?: JsonObject;
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

export interface Route {
  readonly expectedVersion: number;
  readonly activeReleaseId: string;
  readonly traffic: AgentTraffic;
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
   * One transaction: the release is saved, the agent is made or moved to it with all its traffic. From the moment this
   * returns every reader sees the new release and never a mixture.
   */
  publish(agent: PublishedAgent, release: ReleaseRecord): Promise<AgentWithRelease>;
  /** Saves a release of an agent that is there, without traffic. @throws STORE_CONFLICT */
  addRelease(agentName: string, release: ReleaseRecord): Promise<void>;
  /** Moves the traffic between releases that are saved. @throws STORE_CONFLICT when the agent is at another version, or removed. */
  route(orgId: string, agentId: string, route: Route): Promise<AgentWithRelease>;
  /** Of all organizations: those whose traffic has a canary. */
  withCanary(): Promise<readonly AgentRecord[]>;
  /** Inserts or replaces. */
  keepTallies(tallies: readonly ReleaseTally[]): Promise<void>;
  tallies(orgId: string, agentId: string): Promise<readonly ReleaseTally[]>;
  find(orgId: string, name: string): Promise<AgentWithRelease | undefined>;
  findById(orgId: string, agentId: string): Promise<AgentWithRelease | undefined>;
  findRelease(orgId: string, releaseId: string): Promise<ReleaseRecord | undefined>;
  /** Whether a release of any organization consists of this content. */
  hasDigest(digest: string): Promise<boolean>;
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
