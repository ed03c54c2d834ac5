import { anyObject, choice, described, flag, instant, integer, list, nullable, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type DistributionSchemaName =
  | "Distribution"
  | "ReleaseChanges"
  | "ReleaseHistory"
  | "Dependents"
  | "Conformance"
  | "CycloneDx"
  | "DsseEnvelope";

const LEVEL = choice("breaking", "compatible", "cosmetic");
const CHANGES = object({
  since: nullable(object({ release: text, version: text })),
  class: choice("breaking", "compatible", "cosmetic", "none"),
  list: list(
    object({
      kind: choice("added", "removed", "changed"),
      what: text,
      "from?": text,
      "to?": text,
      level: LEVEL,
      "breaks?": described("Of a breaking one: why.", text),
    }),
  ),
  "hint?": described("What semantic versioning would have called for.", text),
});
const CHECKS = {
  passed: described("No check failed.", flag),
  checks: list(object({ id: text, section: text, outcome: choice("passed", "failed", "skipped"), "detail?": text })),
  doors: nullable(described("When its doors were asked last, and by whom.", object({ at: instant, by: text }))),
};
const DEPENDENTS = object({
  agents: list(object({ name: text, calls: integer, "lastAt?": instant, upstreams: list(text) })),
  callers: described("Different ones among the organization's newest 10,000 tasks.", integer),
});

export const DISTRIBUTION_SCHEMAS: Readonly<Record<DistributionSchemaName, JsonSchema>> = {
  Distribution: object({
    agent: text,
    release: text,
    digest: text,
    createdAt: instant,
    image: nullable(
      object({
        reference: text,
        digest: text,
        mediaType: text,
        bytes: integer,
        layers: list(object({ digest: text, mediaType: text, size: integer })),
        "base?": object({ digest: text, "name?": text }),
        "platform?": text,
        "origin?": text,
        "release?": described("The one that its own label names.", text),
      }),
    ),
    sbom: nullable(
      object({
        digest: text,
        packages: integer,
        signed: described("The provenance names these bytes.", flag),
        url: text,
      }),
    ),
    provenance: nullable(
      object({
        digest: text,
        url: text,
        verified: flag,
        "problem?": text,
        "builder?": text,
        "signedBy?": text,
        "deployment?": nullable(text),
        "source?": object({ uri: text, "digest?": anyObject, "commit?": text }),
      }),
    ),
    card: object({ version: text, digest: text, url: text }),
    changes: CHANGES,
    conformance: object(CHECKS),
    evals: list(
      object({
        suite: text,
        run: text,
        status: text,
        score: nullable(text),
        threshold: text,
        endedAt: nullable(instant),
      }),
    ),
    dependents: DEPENDENTS,
    docs: text,
    placements: list(object({ target: text, "url?": text, health: text })),
  }),
  ReleaseChanges: CHANGES,
  ReleaseHistory: object({
    history: list(
      object({
        release: text,
        digest: text,
        version: text,
        cardDigest: text,
        createdAt: instant,
        by: nullable(text),
        changes: CHANGES,
      }),
    ),
  }),
  Dependents: DEPENDENTS,
  Conformance: object({ agent: text, release: text, ...CHECKS }),
  CycloneDx: anyObject,
  DsseEnvelope: object({ payload: text, payloadType: text, signatures: list(object({ keyid: text, sig: text })) }),
};
