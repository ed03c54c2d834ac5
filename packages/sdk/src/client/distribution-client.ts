import type { CardChange, ChangeLevel } from "@berth/protocol";
import type { CallOptions } from "./call-options.ts";
import type { Http, HttpRequest } from "./http.ts";

export interface ChangesInfo {
  readonly since: { readonly release: string; readonly version: string } | null;
  readonly class: ChangeLevel | "none";
  readonly list: readonly CardChange[];
  readonly hint?: string;
}

export interface ConformanceInfo {
  readonly passed: boolean;
  readonly checks: readonly {
    readonly id: string;
    readonly section: string;
    readonly outcome: "passed" | "failed" | "skipped";
    readonly detail?: string;
  }[];
  /** When its doors were asked last, and by whom. */
  readonly doors: { readonly at: string; readonly by: string } | null;
}

export interface DependentsInfo {
  readonly agents: readonly {
    readonly name: string;
    readonly calls: number;
    readonly lastAt?: string;
    readonly upstreams: readonly string[];
  }[];
  readonly callers: number;
}

export interface DistributionInfo {
  readonly agent: string;
  readonly release: string;
  readonly digest: string;
  readonly createdAt: string;
  readonly image: {
    readonly reference: string;
    readonly digest: string;
    readonly mediaType: string;
    readonly bytes: number;
    readonly layers: readonly { readonly digest: string; readonly mediaType: string; readonly size: number }[];
    readonly base?: { readonly digest: string; readonly name?: string };
    readonly platform?: string;
    readonly origin?: string;
    /** The release that the image's own label names. */
    readonly release?: string;
  } | null;
  readonly sbom: {
    readonly digest: string;
    readonly packages: number;
    readonly signed: boolean;
    readonly url: string;
  } | null;
  readonly provenance: {
    readonly digest: string;
    readonly url: string;
    readonly verified: boolean;
    readonly problem?: string;
    readonly builder?: string;
    readonly signedBy?: string;
    readonly deployment?: string | null;
    readonly source?: { readonly uri: string; readonly commit?: string };
  } | null;
  readonly card: { readonly version: string; readonly digest: string; readonly url: string };
  readonly changes: ChangesInfo;
  readonly conformance: ConformanceInfo;
  readonly evals: readonly {
    readonly suite: string;
    readonly run: string;
    readonly status: string;
    readonly score: string | null;
    readonly threshold: string;
    readonly endedAt: string | null;
  }[];
  readonly dependents: DependentsInfo;
  readonly docs: string;
  readonly placements: readonly { readonly target: string; readonly url?: string; readonly health: string }[];
}

export interface HistoryInfo {
  readonly release: string;
  readonly digest: string;
  readonly version: string;
  readonly cardDigest: string;
  readonly createdAt: string;
  readonly by: string | null;
  readonly changes: ChangesInfo;
}

/** What is known of releases besides that they run. Needs `deploy`, `operate` or `read`; conformance needs `deploy`. */
export interface DistributionClient {
  get(agent: string, release: string, options?: CallOptions): Promise<DistributionInfo>;
  /** CycloneDX, byte for byte. */
  sbom(agent: string, release: string, options?: CallOptions): Promise<string>;
  /** A DSSE envelope, byte for byte. */
  provenance(agent: string, release: string, options?: CallOptions): Promise<string>;
  docs(
    agent: string,
    release: string,
    options?: CallOptions & { readonly format?: "html" | "markdown" },
  ): Promise<string>;
  changes(
    agent: string,
    releases: { readonly from: string; readonly to: string },
    options?: CallOptions,
  ): Promise<ChangesInfo>;
  /** Newest first. */
  history(agent: string, options?: CallOptions & { readonly limit?: number }): Promise<readonly HistoryInfo[]>;
  dependents(agent: string, options?: CallOptions): Promise<DependentsInfo>;
  /** Has the agent's doors asked what makes it do no work. */
  conformance(
    agent: string,
    options?: CallOptions,
  ): Promise<ConformanceInfo & { readonly agent: string; readonly release: string }>;
}

export function createDistributionClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
  http: Pick<Http, "text">,
): DistributionClient {
  const place = (agent: string, rest: string): string => `v1/agents/${encodeURIComponent(agent)}/${rest}`;
  const of = (agent: string, release: string, document = ""): string =>
    place(agent, `releases/${encodeURIComponent(release)}/distribution${document}`);
  const text = async (
    path: string,
    options?: CallOptions,
    query: Readonly<Record<string, string>> = {},
  ): Promise<string> => await http.text({ method: "GET", path, query, accept: "*/*" }, options);
  return {
    get: async (agent, release, options) => await request({ method: "GET", path: of(agent, release) }, options),
    sbom: async (agent, release, options) => await text(of(agent, release, "/sbom"), options),
    provenance: async (agent, release, options) => await text(of(agent, release, "/provenance"), options),
    docs: async (agent, release, { format = "html", ...options } = {}) =>
      await text(of(agent, release, "/docs"), options, { format }),
    changes: async (agent, releases, options) =>
      await request({ method: "GET", path: place(agent, "changes"), query: { ...releases } }, options),
    async history(agent, { limit, ...options } = {}) {
      const call = { method: "GET", path: place(agent, "history"), query: { limit } } as const;
      return (await request<{ readonly history: readonly HistoryInfo[] }>(call, options)).history;
    },
    dependents: async (agent, options) => await request({ method: "GET", path: place(agent, "dependents") }, options),
    conformance: async (agent, options) =>
      await request({ method: "POST", path: place(agent, "conformance") }, { timeoutMs: 150_000, ...options }),
  };
}
