import type {
  AgentAuthConfig,
  AgentLimitsConfig,
  AgentWorkspaceConfig,
  EgressRule,
  UpstreamConfig,
} from "./agent-config-authority.ts";
import type { AgentMemoryConfig } from "./agent-memory.ts";
import type { AgentModelsConfig } from "./agent-models.ts";
import type { AgentBuildConfig } from "./agent-build.ts";
import type { AgentCanaryConfig } from "./agent-canary.ts";
import type { AgentEvalsConfig } from "./agent-evals.ts";
import type { AgentPriceConfig } from "./agent-price.ts";
import type { AgentReleasesConfig } from "./agent-releases.ts";
import type { AgentRetryConfig } from "./agent-retry.ts";

/**
 * `berth.json`: what code cannot declare. Parsed by `parseAgentConfig`, which fills every default, so that the rest of
 * the platform reads complete values.
 */
export interface AgentConfig {
  /** `[a-z][a-z0-9-]{0,38}`; default: the card's name made to fit. */
  readonly name?: string;
  /** Entry file relative to the folder; default: package.json `main`, then src/agent.ts, agent.ts, index.ts and their .js forms. */
  readonly entry?: string;
  /** An image that is there already: the agent is this, and nothing is built. */
  readonly image?: string;
  /** How the folder becomes a release; absent: the platform looks. */
  readonly build?: AgentBuildConfig;
  /** Folder of the agent's web app, with an index.html; absent: it has none. */
  readonly frontend?: string;
  /** How its instances are kept apart; absent: `wasm` for an entry that ends in .wasm, else `process`. */
  readonly isolation?: Isolation;
  readonly visibility: "public" | "private";
  readonly tags: readonly string[];
  /**
   * The A2A versions this agent is offered in. With both, a client that names no version gets a card with the fields of
   * both; with `["1.0"]` a pure 1.0 card.
   */
  readonly protocolVersions: readonly ProtocolVersion[];
  /** Ids of skills that only callers with a credential learn of: they stand on the extended card, not on the public one. */
  readonly hiddenSkills?: readonly string[];
  /** How callers prove who they are. */
  readonly auth?: AgentAuthConfig;
  /** Files of the organization; absent: DEFAULT_WORKSPACE_CONFIG. */
  readonly workspace?: AgentWorkspaceConfig;
  /** How often and how much; absent: what the platform and the organization say. */
  readonly limits?: AgentLimitsConfig;
  /** What runs may remember; absent: DEFAULT_MEMORY_CONFIG. */
  readonly memory?: AgentMemoryConfig;
  /** What a run costs; absent: nothing. */
  readonly price?: AgentPriceConfig;
  /** How its next release is tried; absent: it gets all traffic at once. */
  readonly canary?: AgentCanaryConfig;
  /** Absent: a release that breaks callers is only told of. */
  readonly releases?: AgentReleasesConfig;
  /** When a task is sent to the agent again; absent: never. */
  readonly retry?: AgentRetryConfig;
  /** What suites decide; absent: nothing. */
  readonly evals?: AgentEvalsConfig;
  readonly resources: {
    /** MiB. */
    readonly memoryMb: number;
    /** Share of one core, 0.1 to 64. */
    readonly cpu: number;
    readonly processes: number;
    /** Size of the private /tmp, MiB. */
    readonly tmpMb: number;
  };
  readonly scale: {
    readonly min: number;
    readonly max: number;
    /** Calls at once per instance. */
    readonly concurrency: number;
    readonly idleSeconds: number;
    /** Calls at once per instance that the scaler aims at; absent: seven tenths of `concurrency`. */
    readonly target?: number;
    /** How long a call waits for an instance; absent: 30. */
    readonly queueSeconds?: number;
    /** Calls that wait at most; absent: 256. */
    readonly queueLimit?: number;
  };
  readonly timeouts: {
    readonly startSeconds: number;
    /** One turn of a task. */
    readonly taskSeconds: number;
    /** How long an instance with open calls may leave its health probe unanswered; absent: 120. */
    readonly hangSeconds?: number;
  };
  /** Where the agent may connect; everything else is refused. */
  readonly egress: readonly EgressRule[];
  /** HTTP services that are called with secrets the agent never sees, by the name it calls them. */
  readonly upstreams?: { readonly [name: string]: UpstreamConfig };
  /** Models that the agent may use through the platform; absent: none. */
  readonly models?: AgentModelsConfig;
  /** Plain values the agent may see. Not for secrets. */
  readonly env: { readonly [name: string]: string };
}

export const ISOLATIONS = ["process", "wasm", "container"] as const;
export type Isolation = (typeof ISOLATIONS)[number];

/** A2A versions the gateway speaks. */
export const PROTOCOL_VERSIONS = ["1.0", "0.3"] as const;
export type ProtocolVersion = (typeof PROTOCOL_VERSIONS)[number];

export const DEFAULT_AGENT_CONFIG: AgentConfig = {
  visibility: "private",
  tags: [],
  protocolVersions: PROTOCOL_VERSIONS,
  resources: { memoryMb: 512, cpu: 1, processes: 128, tmpMb: 64 },
  scale: { min: 0, max: 4, concurrency: 64, idleSeconds: 300 },
  timeouts: { startSeconds: 30, taskSeconds: 3600 },
  egress: [],
  env: {},
};
