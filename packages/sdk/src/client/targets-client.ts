import { PlatformError, REASONS } from "@berth/protocol";
import type { JsonObject, Reason } from "@berth/protocol";
import type { CallOptions } from "./call-options.ts";
import type { Http, HttpRequest } from "./http.ts";

/** One question of a form. */
export interface FormField {
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

export interface FormPart {
  readonly kind: string;
  readonly label: string;
  readonly help: string;
  readonly fields: readonly FormField[];
}

export interface TargetForms {
  /** `credential` says what the kind's credential is; absent: it takes none. */
  readonly kinds: readonly (FormPart & { readonly credential?: string })[];
  /** What a deployment takes. */
  readonly deployment: {
    readonly fields: readonly FormField[];
    readonly sources: readonly FormPart[];
    readonly options: readonly FormField[];
  };
}

export interface TargetInfo {
  readonly name: string;
  readonly kind: string;
  readonly settings: JsonObject;
  readonly hasCredential: boolean;
  readonly registry: { readonly repository: string; readonly credential: string | null } | null;
  readonly createdBy: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NewTarget {
  readonly kind: string;
  readonly settings?: JsonObject;
  /** Absent: what is kept stays; null: nothing is kept any more. */
  readonly credential?: string | null;
  readonly registry?: { readonly repository: string; readonly credential?: string | null } | null;
}

export interface TargetCheck {
  readonly ok: boolean;
  readonly problems: readonly { readonly message: string; readonly hint?: string }[];
  readonly warnings: readonly string[];
}

export interface TargetPlan {
  readonly kind: string;
  /** Path to text. */
  readonly files: { readonly [path: string]: string };
  readonly calls: readonly { readonly method: string; readonly path: string; readonly purpose: string }[];
  readonly warnings: readonly string[];
  readonly changes: readonly {
    readonly resource: string;
    readonly change: "create" | "update" | "delete" | "unchanged";
    readonly differences: readonly { readonly path: string; readonly is: unknown; readonly wanted: unknown }[];
    readonly drift?: string;
  }[];
}

export interface PlacementInfo {
  readonly release: string;
  readonly target: string;
  readonly url: string | null;
  readonly placedAt: string;
}

export interface PlacementStatus extends PlacementInfo {
  readonly status: {
    readonly state: "absent" | "deploying" | "ready" | "failed";
    readonly reason?: string;
    readonly instances?: { readonly ready: number; readonly wanted: number };
    readonly url?: string;
    readonly traffic?: readonly { readonly revision: string; readonly percent: number }[];
    readonly conditions: readonly { readonly type: string; readonly status: string; readonly message: string }[];
  };
}

export interface PlacementLogLine {
  readonly at: string;
  readonly text: string;
  readonly source: string;
}

interface Wanted {
  /** Default: the active one. */
  readonly release?: string;
}

/** Places beyond the platform that agents are deployed to, and what runs there. */
export interface TargetsClient {
  /** What forms ask for. */
  kinds(options?: CallOptions): Promise<TargetForms>;
  list(options?: CallOptions): Promise<readonly TargetInfo[]>;
  get(name: string, options?: CallOptions): Promise<TargetInfo>;
  /** Adds or replaces. Needs `admin`. */
  set(name: string, target: NewTarget, options?: CallOptions): Promise<TargetInfo>;
  /** `abandon`: what runs there is left there and forgotten. Needs `admin`. */
  remove(name: string, options?: CallOptions & { readonly abandon?: boolean }): Promise<void>;
  check(name: string, options?: CallOptions): Promise<TargetCheck>;
  plan(name: string, release: Wanted & { readonly agent: string }, options?: CallOptions): Promise<TargetPlan>;
  placements(agent: string, options?: CallOptions): Promise<readonly PlacementInfo[]>;
  placement(agent: string, release?: Wanted, options?: CallOptions): Promise<PlacementStatus>;
  /** From `since` (milliseconds since 1970) on; `follow`: until the signal is aborted. */
  logs(
    agent: string,
    lines?: Wanted & { readonly since?: number; readonly follow?: boolean },
    options?: CallOptions,
  ): AsyncIterable<PlacementLogLine>;
}

/** A target may be asked for half a minute. */
const LOOK_MS = 45_000;
/** Comments of the server keep a quiet stream open. */
const SILENCE_MS = 60_000;

export function createTargetsClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
  http: Pick<Http, "events">,
): TargetsClient {
  const target = (name: string): string => `v1/targets/${encodeURIComponent(name)}`;
  const agent = (name: string): string => `v1/agents/${encodeURIComponent(name)}`;
  const patient = (options?: CallOptions): CallOptions => ({ timeoutMs: LOOK_MS, ...options });
  return {
    kinds: async (options) => await request({ method: "GET", path: "v1/target-kinds" }, options),
    async list(options) {
      const { targets } = await request<{ readonly targets: readonly TargetInfo[] }>(
        { method: "GET", path: "v1/targets" },
        options,
      );
      return targets;
    },
    get: async (name, options) => await request({ method: "GET", path: target(name) }, options),
    set: async (name, json, options) => await request({ method: "PUT", path: target(name), json }, options),
    remove: async (name, { abandon = false, ...options } = {}) =>
      await request(
        { method: "DELETE", path: target(name), ...(abandon ? { query: { abandon: "true" } } : {}) },
        options,
      ),
    check: async (name, options) => await request({ method: "POST", path: `${target(name)}/check` }, patient(options)),
    plan: async (name, query, options) =>
      await request({ method: "GET", path: `${target(name)}/plan`, query: { ...query } }, patient(options)),
    async placements(name, options) {
      const { placements } = await request<{ readonly placements: readonly PlacementInfo[] }>(
        { method: "GET", path: `${agent(name)}/placements` },
        options,
      );
      return placements;
    },
    placement: async (name, query = {}, options) =>
      await request({ method: "GET", path: `${agent(name)}/placement`, query: { ...query } }, patient(options)),
    logs: (name, { since, follow = false, release } = {}, options) =>
      lines(
        http,
        {
          path: `${agent(name)}/placement/logs`,
          query: {
            ...(release === undefined ? {} : { release }),
            ...(since === undefined ? {} : { since }),
            ...(follow ? { follow: "true" } : {}),
          },
        },
        options,
      ),
  };
}

async function* lines(
  http: Pick<Http, "events">,
  call: Pick<HttpRequest, "path" | "query">,
  options?: CallOptions,
): AsyncGenerator<PlacementLogLine> {
  for await (const { event, data } of http.events({ method: "GET", ...call }, { timeoutMs: SILENCE_MS, ...options })) {
    if (event === "done") return;
    // The platform's events are its documented contract, as its answers are.
    if (event === "log") yield JSON.parse(data) as PlacementLogLine;
    if (event === "error") {
      const { reason = "", detail } = JSON.parse(data) as { readonly reason?: string; readonly detail?: string };
      throw new PlatformError(isReason(reason) ? reason : "INTERNAL", detail ?? "The target's lines broke off.");
    }
  }
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}
