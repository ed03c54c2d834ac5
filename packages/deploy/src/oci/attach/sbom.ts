import { createHash } from "node:crypto";
import type { JsonObject } from "@berth/protocol";
import type { BuildFacts } from "../../build/built-files.ts";
import { parsePurl } from "./purl.ts";

export const SBOM_TYPE = "application/vnd.cyclonedx+json";

export interface SbomFacts {
  readonly agentName: string;
  readonly releaseDigest: string;
  readonly facts: BuildFacts;
}

/** Those of SPDX that CycloneDX lets stand as an `id` and that most packages have; others go by their name. */
const SPDX_IDS: ReadonlySet<string> = new Set(
  `0BSD AGPL-3.0-only AGPL-3.0-or-later Apache-2.0 Artistic-2.0 BSD-2-Clause BSD-3-Clause BSL-1.0 BlueOak-1.0.0 CC-BY-3.0 CC-BY-4.0
   CC0-1.0 EPL-2.0 GPL-2.0-only GPL-2.0-or-later GPL-3.0-only GPL-3.0-or-later ISC LGPL-2.1-only LGPL-2.1-or-later
   LGPL-3.0-only LGPL-3.0-or-later MIT MIT-0 MPL-2.0 PSF-2.0 Python-2.0 Unicode-3.0 Unlicense WTFPL Zlib`.split(/\s+/),
);
const ALGORITHMS: { readonly [name: string]: string } = {
  sha1: "SHA-1",
  sha256: "SHA-256",
  sha384: "SHA-384",
  sha512: "SHA-512",
};

/** CycloneDX 1.6: what of others is in a release. There is no time and no chance in it: the same facts give the same bytes. */
export function sbom({ agentName, releaseDigest, facts }: SbomFacts): JsonObject {
  const packages = new Map(facts.packages.map((item) => [item.purl, item]));
  const components = [...packages.values()].toSorted((a, b) => (a.purl < b.purl ? -1 : 1)).map(componentOf);
  const ref = `agent:${agentName}`;
  const tools = Object.entries(facts.tools).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: `urn:uuid:${uuidOf(releaseDigest)}`,
    version: 1,
    metadata: {
      tools: { components: tools.map(([name, version]) => ({ type: "application", name, version })) },
      component: {
        type: "application",
        "bom-ref": ref,
        name: agentName,
        version: releaseDigest,
        hashes: hashesOf(releaseDigest),
        properties: [{ name: "berth:buildpack", value: facts.buildpack }],
      },
    },
    components,
    dependencies: [{ ref, dependsOn: [...packages.keys()].toSorted((a, b) => (a < b ? -1 : 1)) }],
  };
}

function componentOf({ purl, digest, licence }: BuildFacts["packages"][number]): JsonObject {
  const { name, group, version } = parsePurl(purl);
  const hashes = digest === undefined ? [] : hashesOf(digest);
  return {
    type: "library",
    "bom-ref": purl,
    ...(group === undefined ? {} : { group }),
    name,
    ...(version === undefined ? {} : { version }),
    ...(hashes.length === 0 ? {} : { hashes }),
    ...(licence === undefined || licence === "" ? {} : { licenses: [licenceOf(licence)] }),
    purl,
  };
}

function licenceOf(licence: string): JsonObject {
  if (SPDX_IDS.has(licence)) return { license: { id: licence } };
  const words = licence.replaceAll(/[()]/g, " ").trim().split(/\s+/);
  const isExpression =
    words.length > 1 &&
    words.every((word, at) => (at % 2 === 0 ? SPDX_IDS.has(word) : word === "AND" || word === "OR"));
  return isExpression ? { expression: licence } : { license: { name: licence } };
}

/** `sha256:<hex>`, or as npm has it: `sha512-<base64>`. */
function hashesOf(digest: string): JsonObject[] {
  const [, name = "", separator, value = ""] = /^(sha\d+)([:-])(.+)$/.exec(digest) ?? [];
  const alg = ALGORITHMS[name];
  const content = separator === "-" ? Buffer.from(value, "base64").toString("hex") : value.toLowerCase();
  return alg === undefined || !/^(?:[0-9a-f]{40}|[0-9a-f]{64}|[0-9a-f]{96}|[0-9a-f]{128})$/.test(content)
    ? []
    : [{ alg, content }];
}

/** RFC 9562 §5.8: version 8, of which the bits are ours to choose. */
function uuidOf(text: string): string {
  const hex = createHash("sha256").update(text).digest("hex");
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}
