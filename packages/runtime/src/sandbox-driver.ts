import type { RequestListener } from "node:http";
import type { EgressRule, Isolation, Reason, UpstreamConfig } from "@berth/protocol";
import type { ReleaseSecrets } from "./secrets/secret-source.ts";

/** What to run and within which bounds. Complete: the driver reads nothing else. */
export interface ReleaseSpec {
  readonly orgId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly releaseId: string;
  /** Host folder with the built release; mounted read-only at /app. */
  readonly folder: string;
  /** Entry file relative to the folder: a WebAssembly module when it ends in `.wasm`, else run by Node. */
  readonly entry: string;
  /** Set: `entry` is nobody's; this is run, in a root of its own. */
  readonly program?: ProgramSpec;
  /** What the release asks for; absent: by its entry. */
  readonly isolation?: Isolation;
  /** Deployed with --trust: may run unconfined. */
  readonly trusted: boolean;
  readonly env: { readonly [name: string]: string };
  readonly limits: SandboxLimits;
  /** How many copies and how many calls on each; from AgentConfig.scale. The pool reads it, drivers do not. */
  readonly scale: ReleaseScale;
  /** How long an instance with open calls may leave its health probe unanswered; absent: two minutes. */
  readonly hangMs?: number;
  /** Empty: nothing. */
  readonly egress: readonly EgressRule[];
  /** Services that the egress proxy calls with secrets that the agent never has. */
  readonly upstreams?: { readonly [name: string]: UpstreamConfig };
  /** It may use models: OPENAI_BASE_URL names them, where there is an egress proxy. */
  readonly usesModels?: true;
  /** Set: the agent runs elsewhere and is called, not started; no driver sees this spec. */
  readonly remote?: RemoteTarget;
  /** Set: the agent runs on a developer's machine and is reached over its link; no driver sees this spec. */
  readonly attached?: AttachedTarget;
}

/** A program that is not for the platform's Node, see protocol's ReleaseProgram. */
export interface ProgramSpec {
  readonly command: readonly string[];
  readonly env: { readonly [name: string]: string };
  /** Absolute, in the jail. */
  readonly workdir: string;
  /** Host folder that is its root, read-only; shared by all who run the same image. */
  readonly rootfs: string;
  /** `folder` is mounted at /app. */
  readonly mountsApp: boolean;
}

/** The interface of its card by which an attached agent is spoken to. */
export type AttachedTarget = Pick<RemoteTarget, "url" | "protocolBinding" | "protocolVersion" | "tenant" | "streaming">;

/** How to call an agent that runs elsewhere. */
export interface RemoteTarget {
  readonly cardUrl: string;
  /** The chosen interface of its card. */
  readonly url: string;
  readonly protocolBinding: string;
  readonly protocolVersion: string;
  readonly tenant?: string;
  readonly streaming: boolean;
  /** Its credential; sent to the origin of `url` and nowhere else. */
  readonly headers: { readonly [name: string]: string };
  /** Besides: headers that change, such as an identity token; asked for before each request, to the origin of `url` only. */
  readonly freshHeaders?: FreshHeaders;
  /** How it is spoken to, when it is not A2A as it is. */
  readonly dialect?: "reasoning-engine";
  /**
   * The organization's target where it runs: a release of this platform, put there by it. It is told who calls, and its
   * card is waited for while it comes up.
   */
  readonly placed?: string;
}

/** `renew`: those it gave last were refused. */
export type FreshHeaders = (options: { readonly renew: boolean }) => Promise<{ readonly [name: string]: string }>;

export interface ReleaseScale {
  readonly min: number;
  readonly max: number;
  /** Calls at once on one instance. */
  readonly concurrency: number;
  readonly idleSeconds: number;
  /** Calls at once on one instance that the scaler aims at; absent: seven tenths of `concurrency`. */
  readonly target?: number;
  /** How long a call waits for an instance; absent: 30. */
  readonly queueSeconds?: number;
  /** Calls of the agent that wait at most; absent: 256. */
  readonly queueLimit?: number;
}

export interface SandboxLimits {
  readonly memoryMb: number;
  readonly cpu: number;
  readonly processes: number;
  readonly tmpMb: number;
  readonly startTimeoutMs: number;
}

/** How well one thing is enforced here. `enforced`: by the kernel. `partial`: bounded but not exact, `detail` says how. `none`. */
export interface EnforcementLevel {
  readonly level: "enforced" | "partial" | "none";
  readonly detail: string;
}

export interface SandboxCapabilities {
  readonly driver: string;
  /** False: `start` refuses untrusted releases with ISOLATION_UNAVAILABLE, `reason` and `fix`. */
  readonly isolates: boolean;
  readonly reason?: string;
  readonly fix?: string;
  readonly filesystem: EnforcementLevel;
  readonly network: EnforcementLevel;
  readonly syscalls: EnforcementLevel;
  readonly memory: EnforcementLevel;
  readonly cpu: EnforcementLevel;
  readonly processes: EnforcementLevel;
}

/** Why an instance is no longer there. */
export interface InstanceExit {
  readonly reason: Extract<Reason, "AGENT_CRASHED" | "AGENT_OUT_OF_MEMORY"> | "STOPPED";
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** Last lines of its output, at most 8 KB. */
  readonly lastOutput: string;
}

export interface EgressDecision {
  readonly host: string;
  readonly port: number;
  readonly decision: "allowed" | "denied";
  readonly detail: string;
  /** `denied`: what berth.json would have to say to allow it, where it can. */
  readonly rule?: string;
}

export interface InstanceObserver {
  /** One line of the agent's stdout or stderr, at most 16 KB. */
  readonly onOutput?: (line: string, stream: "stdout" | "stderr") => void;
  readonly onEgress?: (decision: EgressDecision) => void;
}

/** Whether it came up in a jail that was there before it was asked for, and if not why. */
export type InstanceBoot = { readonly kind: "warm" } | { readonly kind: "cold"; readonly reason: string };

/** One running copy. */
export interface Instance {
  readonly instanceId: string;
  readonly releaseId: string;
  readonly startedAt: number;
  /** Unix socket on the host where the agent's HTTP server answers. */
  readonly socketPath: string;
  /** Sent with every request: tells apart instances that share a socket. */
  readonly headers?: { readonly [name: string]: string };
  /** Where a driver can start both ways. */
  readonly boot?: InstanceBoot;
  /** Resolves once, when the process and everything it started are gone. Never rejects. */
  readonly exited: Promise<InstanceExit>;
  /** SIGTERM, `graceMs`, then kill of the whole tree. Resolves when nothing is left. Twice is harmless. */
  stop(graceMs: number): Promise<void>;
  /** SIGSTOP and SIGCONT of the whole tree. */
  freeze(): Promise<void>;
  thaw(): Promise<void>;
  stats(): Promise<{ readonly rssBytes: number; readonly cpuMs: number; readonly processes: number }>;
}

/**
 * Runs agents apart from the host and from each other. Life: 1. `probe` once at start; 2. `sweep` once, before the first
 * start: ends and removes whatever an earlier, killed platform left; 3. `start` as often as wanted; 4. `close`.
 *
 * Contract, checked by sandbox-driver.contract.ts for every driver:
 * 1. `start` resolves only when the agent's socket accepts and answers one HTTP request; else it throws AGENT_START_FAILED
 *    or AGENT_START_TIMEOUT with the last output in the message, and leaves nothing behind.
 * 2. An abort of `signal` during start leaves nothing behind and throws CANCELED.
 * 3. A policy that the driver cannot meet is refused with ISOLATION_UNAVAILABLE, reason and fix; never lowered silently.
 * 4. The agent sees only the environment of its spec and the contract's own variables: BERTH_LISTEN (unix socket to
 *    listen on), PORT (for servers that only know TCP; bridged to the same socket), HOME=/tmp, TMPDIR=/tmp, NODE_ENV,
 *    HTTP_PROXY, HTTPS_PROXY and NODE_USE_ENV_PROXY when egress is allowed; BERTH_SERVICES (`unix:<path>`) when it was
 *    started with services, and with it OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL, OTEL_SERVICE_NAME and
 *    OTEL_RESOURCE_ATTRIBUTES, unless its release sets them; OPENAI_BASE_URL and an OPENAI_API_KEY that opens nothing when it uses models and its
 *    release sets neither.
 *    A program has besides what its image sets, PATH, and with egress http_proxy, https_proxy and no_proxy.
 * 5. Nothing survives `stop` and `close`, nor the death of the platform process: containers, which an engine holds, are
 *    without a way in or out by then and end with the next `sweep`.
 */
export interface SandboxDriver {
  readonly name: string;
  probe(): Promise<SandboxCapabilities>;
  sweep(): Promise<void>;
  start(
    spec: ReleaseSpec,
    options: {
      readonly instanceId: string;
      readonly observer?: InstanceObserver;
      readonly signal?: AbortSignal;
      /** Answers what this instance, and nobody else, asks of the platform. */
      readonly services?: RequestListener;
      /** For the headers of upstreams; those that need a secret fail without it. */
      readonly secrets?: ReleaseSecrets;
    },
  ): Promise<Instance>;
  close(): Promise<void>;
}
