import type { CallOptions } from "./call-options.ts";
import type { GateScoreInfo } from "./evals-client.ts";
import { followDeployment } from "./follow.ts";
import type { Http, HttpRequest } from "./http.ts";

export type DeploymentState =
  | "queued"
  | "building"
  | "pushing"
  | "releasing"
  | "healthy"
  | "live"
  | "failed"
  | "canceled";

export interface DeploymentStepInfo {
  readonly name: string;
  readonly status: string;
  readonly startedAt?: string;
  readonly ms?: number;
  /** From 1; more when a restart of the platform cut it off. */
  readonly attempt?: number;
}

/** Where the code comes from, when it is not an archive. */
export type DeploymentSourceInfo =
  | {
      readonly kind: "git";
      readonly url: string;
      readonly ref?: string;
      readonly path?: string;
      readonly credential?: string;
    }
  | { readonly kind: "image"; readonly reference: string; readonly credential?: string };

export interface DeploymentInfo {
  readonly deploymentId: string;
  readonly agent: string;
  readonly release: string;
  readonly status: DeploymentState;
  readonly source?: { readonly kind: string; readonly [field: string]: unknown };
  /** The commit that it was in the end. */
  readonly revision?: { readonly url: string; readonly commit: string; readonly ref?: string };
  readonly target?: string;
  readonly steps: readonly DeploymentStepInfo[];
  /** In `get` only: the end of what it said. */
  readonly log?: string;
  /** What the gate of berth.json scored, when it passed. */
  readonly evals?: readonly GateScoreInfo[];
  readonly error?: { readonly reason: string; readonly message: string; readonly step?: string };
  readonly retryOf?: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface DeploymentLineInfo {
  /** From 1, without gaps. */
  readonly seq: number;
  readonly at: string;
  readonly step: string;
  readonly stream: "stdout" | "stderr" | "platform";
  readonly text: string;
}

/** `done` is the last. */
export type DeploymentUpdate =
  | { readonly kind: "status"; readonly status: DeploymentState }
  | { readonly kind: "step"; readonly step: DeploymentStepInfo }
  | { readonly kind: "log"; readonly line: DeploymentLineInfo }
  | { readonly kind: "done"; readonly deployment: DeploymentInfo };

export interface NewDeployment {
  /** A gzipped tar of the agent's folder, or where else it comes from. */
  readonly source: Uint8Array | DeploymentSourceInfo;
  readonly name?: string;
  readonly trust?: boolean;
  /** `none`: the release waits to be promoted. */
  readonly traffic?: "none";
  /** Percent of the traffic it is tried on; 0: it gets all at once, whatever berth.json says. */
  readonly canaryPercent?: number;
  /** Without asking the gate of berth.json; needs `admin`. */
  readonly skipEvals?: boolean;
  /** One of the organization's targets; default: the platform itself. */
  readonly target?: string;
}

export interface DeploymentFilter {
  readonly agent?: string;
  readonly status?: DeploymentState;
  readonly limit?: number;
}

type Keyed = CallOptions & { readonly idempotencyKey?: string };

export interface DeploymentsClient {
  /** Answers as soon as it is accepted. */
  create(request: NewDeployment, options?: Keyed): Promise<DeploymentInfo>;
  get(deploymentId: string, options?: CallOptions): Promise<DeploymentInfo>;
  list(filter?: DeploymentFilter, options?: CallOptions): Promise<readonly DeploymentInfo[]>;
  cancel(deploymentId: string, options?: CallOptions): Promise<DeploymentInfo>;
  /** The same again as a new deployment; what the steps before `from` have made is used when it is still there. */
  retry(deploymentId: string, options?: Keyed & { readonly from?: string }): Promise<DeploymentInfo>;
  /** At most 1,000 lines after `after`. */
  lines(
    deploymentId: string,
    options?: CallOptions & { readonly after?: number; readonly limit?: number },
  ): Promise<readonly DeploymentLineInfo[]>;
  /** From the first line to `done`, over dropped connections; also of one that ended long ago. */
  follow(deploymentId: string, options?: CallOptions): AsyncIterable<DeploymentUpdate>;
}

/** An upload of 64 MiB over a slow line takes longer than a question. */
const UPLOAD_TIMEOUT_MS = 300_000;

export function createDeploymentsClient(
  request: <T>(call: HttpRequest, options?: CallOptions) => Promise<T>,
  http: Http,
): DeploymentsClient {
  const one = (deploymentId: string): string => `v1/deployments/${encodeURIComponent(deploymentId)}`;
  return {
    create: ({ source, ...asked }, { idempotencyKey, ...options } = {}) =>
      request(
        {
          method: "POST",
          path: "v1/deployments",
          headers: { "idempotency-key": idempotencyKey },
          ...(source instanceof Uint8Array ? asArchive(source, asked) : asDocument(source, asked)),
        },
        { timeoutMs: UPLOAD_TIMEOUT_MS, ...options },
      ),
    get: (deploymentId, options) => request({ method: "GET", path: one(deploymentId) }, options),
    async list(filter, options) {
      const call = { method: "GET", path: "v1/deployments", query: { ...filter } } as const;
      return (await request<{ readonly deployments: readonly DeploymentInfo[] }>(call, options)).deployments;
    },
    cancel: (deploymentId, options) => request({ method: "DELETE", path: one(deploymentId) }, options),
    retry: (deploymentId, { from, idempotencyKey, ...options } = {}) =>
      request(
        {
          method: "POST",
          path: `${one(deploymentId)}/retry`,
          headers: { "idempotency-key": idempotencyKey },
          json: from === undefined ? {} : { from },
        },
        options,
      ),
    async lines(deploymentId, { after, limit, ...options } = {}) {
      const call = { method: "GET", path: `${one(deploymentId)}/log`, query: { after, limit } } as const;
      return (await request<{ readonly lines: readonly DeploymentLineInfo[] }>(call, options)).lines;
    },
    follow: (deploymentId, options) => followDeployment(http, deploymentId, options),
  };
}

function asArchive(body: Uint8Array, asked: Omit<NewDeployment, "source">): Partial<HttpRequest> {
  const { name, trust, traffic, canaryPercent, skipEvals, target } = asked;
  const query = {
    name,
    trust: trust === true ? "true" : undefined,
    traffic,
    canary: canaryPercent,
    evals: skipEvals === true ? "skip" : undefined,
    target,
  };
  return { query, body, contentType: "application/gzip" };
}

function asDocument(
  source: DeploymentSourceInfo,
  { name, ...options }: Omit<NewDeployment, "source">,
): Partial<HttpRequest> {
  return { json: { ...(name === undefined ? {} : { name }), source, options } };
}
