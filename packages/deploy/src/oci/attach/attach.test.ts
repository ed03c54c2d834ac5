import { expect, test } from "vitest";
import type { BuildFacts } from "../../build/built-files.ts";
import { MediaType } from "../descriptors.ts";
import { digestOf } from "../digest.ts";
import { MemoryPlace } from "../fakes/memory-place.ts";
import { jsonBytes } from "../json-bytes.ts";
import { parseManifest } from "../parse-manifest.ts";
import { provenance } from "./provenance.ts";
import { parsePurl } from "./purl.ts";
import { attachDocument } from "./referrer-manifest.ts";
import { SBOM_TYPE, sbom } from "./sbom.ts";

const RELEASE = digestOf(new Uint8Array([1]));
const IMAGE = digestOf(new Uint8Array([2]));
const SHA512 = `sha512-${Buffer.alloc(64, 7).toString("base64")}`;
const facts: BuildFacts = {
  buildpack: "node",
  tools: { node: "26.10.0", esbuild: "0.28.2" },
  packages: [
    { purl: "pkg:npm/zod@4.6.7", digest: SHA512, licence: "MIT" },
    { purl: "pkg:npm/%40berth/sdk@0.1.0", licence: "(MIT OR Apache-2.0)" },
    { purl: "pkg:pypi/requests@2.0", licence: "Some words" },
  ],
};

test("a bill of materials lists every package once, in the same order every time", () => {
  const bom = sbom({ agentName: "echo", releaseDigest: RELEASE, facts });
  const turned = { ...facts, packages: [...facts.packages.toReversed(), ...facts.packages] };
  expect(jsonBytes(sbom({ agentName: "echo", releaseDigest: RELEASE, facts: turned }))).toEqual(jsonBytes(bom));
  expect(bom).toMatchObject({
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    serialNumber: expect.stringMatching(
      /^urn:uuid:[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
    ),
    metadata: {
      component: { name: "echo", version: RELEASE, hashes: [{ alg: "SHA-256", content: RELEASE.slice(7) }] },
    },
    components: [
      { group: "@berth", name: "sdk", version: "0.1.0", licenses: [{ expression: "(MIT OR Apache-2.0)" }] },
      { name: "zod", hashes: [{ alg: "SHA-512", content: "07".repeat(64) }], licenses: [{ license: { id: "MIT" } }] },
      { name: "requests", licenses: [{ license: { name: "Some words" } }] },
    ],
    dependencies: [{ ref: "agent:echo", dependsOn: facts.packages.map(({ purl }) => purl).toSorted() }],
  });
});

test("provenance says what was built from what, by whom, and when", () => {
  const statement = provenance({
    imageName: "berth.example/acme/echo",
    imageDigest: IMAGE,
    agentName: "echo",
    releaseDigest: RELEASE,
    sbomDigest: IMAGE,
    builderId: "https://berth.example",
    builderVersion: "0.1.0",
    source: { kind: "git", uri: "https://git.example/echo", digest: "a".repeat(40), ref: "refs/heads/main" },
    facts,
    invocationId: "dep_1",
    startedAt: "2026-11-29T00:00:00Z",
    finishedAt: "2026-11-29T00:00:09Z",
  });
  expect(statement).toMatchObject({
    _type: "https://in-toto.io/Statement/v1",
    subject: [{ name: "berth.example/acme/echo", digest: { sha256: IMAGE.slice(7) } }],
    predicateType: "https://slsa.dev/provenance/v1",
    predicate: {
      buildDefinition: {
        externalParameters: { source: { uri: "https://git.example/echo", ref: "refs/heads/main" } },
        resolvedDependencies: [
          { uri: "https://git.example/echo", digest: { gitCommit: "a".repeat(40) } },
          { uri: "pkg:npm/%40berth/sdk@0.1.0" },
          { uri: "pkg:npm/zod@4.6.7", digest: { sha512: "07".repeat(64) } },
          { uri: "pkg:pypi/requests@2.0" },
        ],
      },
      runDetails: { builder: { id: "https://berth.example" }, metadata: { invocationId: "dep_1" } },
    },
  });
});

test.each([
  ["pkg:npm/%40scope/name@1.0.0", { group: "@scope", name: "name", version: "1.0.0" }],
  ["pkg:golang/github.com/a/b@v1?type=module#sub", { group: "github.com/a", name: "b", version: "v1" }],
  ["pkg:pypi/requests", { name: "requests" }],
  ["pkg:npm/%zz@1", { name: "%zz", version: "1" }],
  ["nonsense", { name: "nonsense" }],
])("the parts of %s", (purl, parts) => {
  expect(parsePurl(purl)).toEqual(parts);
});

test("a document hangs on its image as OCI has it", async () => {
  const place = new MemoryPlace();
  const subject = { mediaType: MediaType.Manifest, digest: IMAGE, size: 12 };
  const bytes = jsonBytes({ a: 1 });
  const digest = await attachDocument(place, { subject, artifactType: SBOM_TYPE, bytes });
  expect(await attachDocument(place, { subject, artifactType: SBOM_TYPE, bytes })).toBe(digest);
  const found = await place.manifest(digest);
  expect(found === undefined ? undefined : parseManifest(found)).toMatchObject({
    manifest: {
      artifactType: SBOM_TYPE,
      subject,
      config: { mediaType: MediaType.Empty, size: 2 },
      layers: [{ digest: digestOf(bytes) }],
    },
  });
  expect(place.blobs.size).toBe(2);
});
