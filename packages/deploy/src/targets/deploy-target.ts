import type { JsonObject } from "@berth/protocol";

/** Where releases run. `local`: the sandboxes of this platform. */
export const TargetKind = {
  Local: "local",
  Kubernetes: "kubernetes",
  CloudRun: "cloud-run",
  AgentEngine: "agent-engine",
} as const;
export type TargetKind = (typeof TargetKind)[keyof typeof TargetKind];

/** What a probe asks for: every A2A server answers it, whatever it is made with. */
export const CARD_PATH = "/.well-known/agent-card.json";

/** A field of a target's settings, for forms and for the messages about what is wrong. */
export interface TargetField {
  /** Of the settings object, such as `region`. */
  readonly key: string;
  readonly label: string;
  readonly help: string;
  readonly type: "text" | "number" | "boolean" | "choice" | "secret";
  readonly required: boolean;
  readonly choices?: readonly string[];
  readonly example?: string;
  /** A regular expression that the whole text matches. */
  readonly pattern?: string;
}

/** What is to run there: one release of one agent. */
export interface TargetRelease {
  readonly orgId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly releaseId: string;
  /** With its digest: `registry.example/berth/echo@sha256:…`. */
  readonly image: string;
  /** TCP port that the image listens on. */
  readonly port: number;
  readonly env: { readonly [name: string]: string };
  /** Names of the target's own secrets by variable. */
  readonly secretEnv: { readonly [name: string]: string };
  readonly resources: { readonly memoryMb: number; readonly cpu: number };
  readonly scale: { readonly min: number; readonly max: number; readonly concurrency: number };
  readonly timeouts: { readonly startSeconds: number; readonly runSeconds: number };
  /** `host:port` that it may reach; empty: nothing. */
  readonly egress: readonly string[];
  readonly labels: { readonly [name: string]: string };
}

/** A call as data: what it will send, before anything is sent. Paths are relative to the target's endpoint. */
export interface PlannedCall {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  readonly path: string;
  readonly query?: { readonly [name: string]: string };
  readonly contentType?: string;
  readonly body?: JsonObject;
  /** For people: `create the service echo in europe-west1`. */
  readonly purpose: string;
}

/** Pure: the same release and settings give the same plan, byte for byte. */
export interface TargetPlan {
  readonly kind: TargetKind;
  /** To be read, kept in git, or applied by other hands: path to text. */
  readonly files: { readonly [path: string]: string };
  readonly calls: readonly PlannedCall[];
  /** What it wants to be there, by the name of the thing there. */
  readonly desired: { readonly [resource: string]: JsonObject };
  /** What somebody should know before: `gVisor is not there: …`. */
  readonly warnings: readonly string[];
}

/** What is there now; `undefined` for what is not. */
export type ObservedState = { readonly [resource: string]: JsonObject | undefined };

export interface TargetChange {
  readonly resource: string;
  readonly change: "create" | "update" | "delete" | "unchanged";
  /** Where they differ: path, what is there, what is wanted. At most 100. */
  readonly differences: readonly { readonly path: string; readonly is: unknown; readonly wanted: unknown }[];
  /** It was made or changed by other hands than ours. */
  readonly drift?: string;
}

/** What applying gave: enough to call, follow, move back and remove it. Kept in the store; no secrets. */
export interface Placement {
  readonly kind: TargetKind;
  /** Where its A2A interface is called. */
  readonly url: string;
  /** `google-id-token`: each call has an identity token for this audience. */
  readonly auth?: { readonly kind: "google-id-token" | "google-access-token"; readonly audience: string };
  /** How it is spoken to, when it is not A2A as it is: `reasoning-engine` wraps it. */
  readonly dialect?: "reasoning-engine";
  /** The target's own names and versions, such as revision, generation, etag. */
  readonly resources: JsonObject;
}

export interface TargetStatus {
  readonly state: "absent" | "deploying" | "ready" | "failed";
  /** One sentence with what to do next, when it is not ready. */
  readonly reason?: string;
  readonly instances?: { readonly ready: number; readonly wanted: number };
  readonly url?: string;
  /** Revision by percent, where traffic is split. */
  readonly traffic?: readonly { readonly revision: string; readonly percent: number }[];
  /** The target's own conditions, as they were answered. */
  readonly conditions: readonly { readonly type: string; readonly status: string; readonly message: string }[];
}

export interface TargetLogLine {
  readonly at: string;
  readonly text: string;
  readonly source: string;
}

/** What of the world a target needs. Everything that it sends goes through `http`. */
export interface TargetContext {
  readonly http: TargetHttp;
  readonly signal: AbortSignal;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** @throws CANCELED when `signal` is aborted meanwhile. */
  readonly sleep: (ms: number) => Promise<void>;
  /** Told every line worth showing. */
  readonly log: (line: string) => void;
}

/** Speaks to one endpoint with the target's credentials, which it alone knows. */
export interface TargetHttp {
  /** @throws TARGET_FAILED when there is no answer. Every status is an answer. At most 4 MiB are read. */
  send(request: {
    readonly method: PlannedCall["method"];
    /** Absolute, or relative to the target's endpoint. */
    readonly url: string;
    readonly headers?: { readonly [name: string]: string };
    readonly body?: string | Uint8Array;
    readonly timeoutMs: number;
    readonly signal: AbortSignal;
  }): Promise<{
    readonly status: number;
    readonly headers: { readonly [name: string]: string };
    readonly body: Uint8Array;
  }>;
  /** The lines of an answer as they come, for logs and watches. @throws TARGET_FAILED */
  lines(request: {
    readonly url: string;
    readonly headers?: { readonly [name: string]: string };
    readonly signal: AbortSignal;
  }): AsyncIterable<string>;
}

/**
 * One kind of place. `plan` and `diff` are pure; the rest speaks to the target and is idempotent: what was cut off is done
 * again without harm. Settings have passed `parse`. Every release gets an address of its own there, because the platform
 * splits the traffic; the agent's own name there leads to the release that was applied or rolled back to last.
 */
export interface DeployTarget<Settings = JsonObject> {
  readonly kind: TargetKind;
  readonly fields: readonly TargetField[];
  /** @throws CONFIG_INVALID naming the field, what is wrong with it and an example. */
  parse(settings: JsonObject): Settings;
  plan(release: TargetRelease, settings: Settings): TargetPlan;
  observe(context: TargetContext, plan: TargetPlan, settings: Settings): Promise<ObservedState>;
  diff(plan: TargetPlan, observed: ObservedState): readonly TargetChange[];
  /**
   * Until it is ready, or has failed. Of what fails, whatever served before goes on serving.
   * @throws TARGET_FAILED with the reason in a sentence, TARGET_CONFLICT, TIMED_OUT, CANCELED
   */
  apply(context: TargetContext, plan: TargetPlan, settings: Settings): Promise<Placement>;
  status(context: TargetContext, placement: Placement, settings: Settings): Promise<TargetStatus>;
  /** From `since` (milliseconds since 1970) on; follows until `context.signal` is aborted. */
  logs(
    context: TargetContext,
    placement: Placement,
    settings: Settings,
    options: { readonly since: number; readonly follow: boolean },
  ): AsyncIterable<TargetLogLine>;
  /** All traffic back to what an earlier `apply` gave. */
  rollback(context: TargetContext, to: Placement, settings: Settings): Promise<Placement>;
  /** Removes what is ours and nothing else. Twice is harmless. */
  destroy(context: TargetContext, placement: Placement, settings: Settings): Promise<void>;
}
