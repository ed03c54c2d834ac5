import type { JsonObject } from "@berth/protocol";
import type { BuildFacts } from "../../build/built-files.ts";

/** Of the statement, and of the envelope that it is signed in. */
export const STATEMENT_TYPE = "application/vnd.in-toto+json";
export const PROVENANCE_TYPE = "https://slsa.dev/provenance/v1";

export interface ProvenanceFacts {
  /** Name of the image, such as `registry.example/team/echo`. */
  readonly imageName: string;
  readonly imageDigest: string;
  readonly agentName: string;
  readonly releaseDigest: string;
  /** `sha256:…` of the bill of materials that hangs on the image as well. */
  readonly sbomDigest: string;
  /** Of the platform that built it, such as its URL. */
  readonly builderId: string;
  readonly builderVersion: string;
  readonly source: { readonly kind: string; readonly uri: string; readonly digest?: string; readonly ref?: string };
  readonly facts: BuildFacts;
  /** Of the deployment. */
  readonly invocationId: string;
  readonly startedAt: string;
  readonly finishedAt: string;
}

/** An in-toto statement (v1) with SLSA provenance (v1.0): who built which image from which source, and how. Not signed. */
export function provenance(facts: ProvenanceFacts): JsonObject {
  const { source, builderId, builderVersion } = facts;
  const sourceDigest = source.digest === undefined ? undefined : digestSet(source.digest);
  const packages = facts.facts.packages.toSorted((a, b) => (a.purl < b.purl ? -1 : 1));
  return {
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: facts.imageName, digest: digestSet(facts.imageDigest) ?? {} }],
    predicateType: PROVENANCE_TYPE,
    predicate: {
      buildDefinition: {
        buildType: `https://berth.dev/build/${facts.facts.buildpack}/v1`,
        externalParameters: {
          source: { kind: source.kind, uri: source.uri, ...(source.ref === undefined ? {} : { ref: source.ref }) },
          agent: facts.agentName,
        },
        internalParameters: { buildpack: facts.facts.buildpack, tools: { ...facts.facts.tools } },
        resolvedDependencies: [
          { uri: source.uri, ...(sourceDigest === undefined ? {} : { digest: sourceDigest }) },
          ...packages.map(({ purl, digest }) => {
            const found = digest === undefined ? undefined : digestSet(digest);
            return { uri: purl, ...(found === undefined ? {} : { digest: found }) };
          }),
        ],
      },
      runDetails: {
        builder: { id: builderId, version: { berth: builderVersion } },
        metadata: { invocationId: facts.invocationId, startedOn: facts.startedAt, finishedOn: facts.finishedAt },
        byproducts: [
          { name: "release", digest: digestSet(facts.releaseDigest) ?? {} },
          { name: "sbom", digest: digestSet(facts.sbomDigest) ?? {} },
        ],
      },
    },
  };
}

/** in-toto's DigestSet: hex by algorithm. Commits of git are `gitCommit`. */
function digestSet(digest: string): { readonly [algorithm: string]: string } | undefined {
  if (/^[0-9a-f]{40}$/.test(digest)) return { gitCommit: digest };
  const [, algorithm, separator, value = ""] = /^(sha\d+|gitCommit)([:-])(.+)$/.exec(digest) ?? [];
  if (algorithm === undefined) return undefined;
  return { [algorithm]: separator === "-" ? Buffer.from(value, "base64").toString("hex") : value };
}
