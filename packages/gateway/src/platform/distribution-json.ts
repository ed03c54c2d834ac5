import type { HistoryEntry, ReleaseChanges, ReleaseDistribution } from "@berth/control";
import type { JsonObject } from "@berth/protocol";
import type { ConformanceCheck } from "./records.ts";

export interface DistributionPlaces {
  /** Of the distribution, without a trailing slash. */
  readonly url: string;
  /** Of the platform's registry. */
  readonly registry: string;
  readonly health: string;
}

export function toDistributionJson(
  found: ReleaseDistribution,
  checks: readonly ConformanceCheck[],
  { url, registry, health }: DistributionPlaces,
): object {
  const { agentName, release, image, sbom, provenance, cardDigest, conformance, evals, dependents, placement } = found;
  return {
    agent: agentName,
    release: release.releaseId,
    digest: release.digest,
    createdAt: release.createdAt,
    image: image === undefined ? null : { ...image, reference: `${registry}/${image.reference}` },
    sbom:
      sbom === undefined
        ? null
        : { digest: sbom.digest, packages: sbom.packages, signed: sbom.isSigned, url: `${url}/sbom` },
    provenance: provenance === undefined ? null : toProvenanceJson(provenance, `${url}/provenance`),
    card: { version: release.card.version, digest: cardDigest, url: `${url}/card` },
    changes: toChangesJson(found.changes),
    conformance: toConformanceJson(checks, conformance),
    evals: evals.map(({ suite, runId, status, score, threshold, endedAt }) => ({
      suite,
      run: runId,
      status,
      score: score ?? null,
      threshold,
      endedAt: endedAt ?? null,
    })),
    dependents,
    docs: `${url}/docs`,
    placements: [placement === undefined ? { target: "local", health } : { ...placement, health }],
  };
}

function toProvenanceJson(
  { digest, verified, problem }: NonNullable<ReleaseDistribution["provenance"]>,
  url: string,
): object {
  const commit = verified?.source.digest?.["gitCommit"];
  return {
    digest,
    url,
    verified: verified !== undefined,
    ...(problem === undefined ? {} : { problem }),
    ...(verified === undefined
      ? {}
      : {
          builder: verified.builder,
          signedBy: verified.signedBy,
          deployment: verified.invocation ?? null,
          source: { ...verified.source, ...(commit === undefined ? {} : { commit }) },
        }),
  };
}

export function toChangesJson({ since, level, changes, hint }: ReleaseChanges): object {
  return {
    since: since === undefined ? null : { release: since.releaseId, version: since.card.version },
    class: level,
    list: changes,
    ...(hint === undefined ? {} : { hint }),
  };
}

/** What is known without asking is as of now; what the doors answered is as of then. */
export function toConformanceJson(
  known: readonly ConformanceCheck[],
  asked: ReleaseDistribution["conformance"],
): object {
  const checks = [...known, ...(asked?.checks ?? [])];
  return {
    passed: checks.every(({ outcome }) => outcome !== "failed"),
    checks,
    doors: asked === undefined ? null : { at: asked.at, by: asked.by },
  };
}

export function toHistoryJson({ release, cardDigest, changes, by }: HistoryEntry): object {
  return {
    release: release.releaseId,
    digest: release.digest,
    version: release.card.version,
    cardDigest,
    createdAt: release.createdAt,
    by: by ?? null,
    changes: toChangesJson(changes),
  };
}

export function plainCard({ card }: ReleaseDistribution["release"]): JsonObject {
  // A card is JSON; its type says more than that.
  return card as unknown as JsonObject;
}
