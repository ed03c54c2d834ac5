import type { CardChange, ChangeLevel } from "@berth/protocol";
import { queryOptions } from "@tanstack/react-query";
import { api, path } from "../../api/client.ts";

interface Changes {
  readonly since: { readonly release: string; readonly version: string } | null;
  readonly class: ChangeLevel | "none";
  readonly list: readonly CardChange[];
  readonly hint?: string;
}

export interface Conformance {
  readonly passed: boolean;
  readonly checks: readonly {
    readonly id: string;
    readonly section: string;
    readonly outcome: "passed" | "failed" | "skipped";
    readonly detail?: string;
  }[];
  readonly doors: { readonly at: string; readonly by: string } | null;
}

export interface Distribution {
  readonly release: string;
  readonly digest: string;
  readonly image: {
    readonly reference: string;
    readonly digest: string;
    readonly bytes: number;
    readonly layers: readonly { readonly digest: string; readonly mediaType: string; readonly size: number }[];
    readonly base?: { readonly digest: string; readonly name?: string };
    readonly platform?: string;
    readonly origin?: string;
  } | null;
  readonly sbom: { readonly digest: string; readonly packages: number; readonly signed: boolean } | null;
  readonly provenance: {
    readonly verified: boolean;
    readonly problem?: string;
    readonly builder?: string;
    readonly signedBy?: string;
    readonly deployment?: string | null;
    readonly source?: { readonly uri: string; readonly commit?: string };
  } | null;
  readonly card: { readonly version: string; readonly digest: string };
  readonly changes: Changes;
  readonly conformance: Conformance;
  readonly evals: readonly { readonly suite: string; readonly run: string; readonly score: string | null }[];
  readonly dependents: {
    readonly agents: readonly {
      readonly name: string;
      readonly calls: number;
      readonly lastAt?: string;
      readonly upstreams: readonly string[];
    }[];
    readonly callers: number;
  };
  readonly placements: readonly { readonly target: string; readonly url?: string; readonly health: string }[];
}

export function distributionQuery(name: string, release: string) {
  return queryOptions({
    queryKey: ["agents", "distribution", name, release],
    queryFn: async ({ signal }) =>
      await api<Distribution>(path`/v1/agents/${name}/releases/${release}/distribution`, { signal }),
  });
}

/** CycloneDX, as far as it is shown. Whoever may push images may have written it. */
export interface Bom {
  readonly components?: readonly {
    readonly name?: unknown;
    readonly group?: unknown;
    readonly version?: unknown;
    readonly purl?: unknown;
    readonly licenses?: unknown;
  }[];
}

export function bomQuery(name: string, release: string) {
  return queryOptions({
    queryKey: ["agents", "bom", name, release],
    queryFn: async ({ signal }) =>
      await api<Bom>(path`/v1/agents/${name}/releases/${release}/distribution/sbom`, { signal }),
    // It hangs on an image, which never changes.
    staleTime: Number.POSITIVE_INFINITY,
  });
}
