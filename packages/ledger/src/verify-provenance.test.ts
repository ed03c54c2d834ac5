import { generateKeyPairSync, sign } from "node:crypto";
import { expect, test } from "vitest";
import { IN_TOTO_PAYLOAD_TYPE, formatEnvelope, signEnvelope } from "./dsse.ts";
import { keyId, toJwk } from "./ed25519.ts";
import type { Signer } from "./ed25519.ts";
import { toHex } from "./bytes.ts";
import { sha256 } from "./sha256.ts";
import { formatPublishedKeys } from "./trust-policy.ts";
import { controlPlaneKeysIn, verifyProvenance } from "./verify-provenance.ts";

const [IMAGE, RELEASE] = ["a".repeat(64), "b".repeat(64)];
const SBOM = new TextEncoder().encode('{"bomFormat":"CycloneDX"}');

function newSigner(): Signer {
  const { publicKey, privateKey } = generateKeyPairSync("ed25519");
  return {
    publicKey: new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(-32)),
    sign: async (data) => new Uint8Array(sign(null, data, privateKey)),
  };
}

const signer = newSigner();
const statement = (changes: object = {}): object => ({
  _type: "https://in-toto.io/Statement/v1",
  subject: [{ name: "x/echo", digest: { sha256: IMAGE } }],
  predicateType: "https://slsa.dev/provenance/v1",
  predicate: {
    buildDefinition: {
      resolvedDependencies: [{ uri: "https://git.example/echo", digest: { gitCommit: "c".repeat(40) } }],
    },
    runDetails: {
      builder: { id: "https://berth.example" },
      metadata: { invocationId: "dep_1" },
      byproducts: [
        { name: "release", digest: { sha256: RELEASE } },
        { name: "sbom", digest: { sha256: toHex(sha256(SBOM)) } },
      ],
    },
  },
  ...changes,
});

async function signed(content: object, by: Signer = signer): Promise<string> {
  const payload = new TextEncoder().encode(JSON.stringify(content));
  return formatEnvelope(
    await signEnvelope(IN_TOTO_PAYLOAD_TYPE, payload, [{ keyid: keyId("cp", by.publicKey), signer: by }]),
  );
}

const options = { keys: [signer.publicKey], image: `sha256:${IMAGE}`, release: `sha256:${RELEASE}`, sbom: SBOM };

test("a provenance leads from a release to its image, its bill of materials and its commit", async () => {
  expect(await verifyProvenance(await signed(statement()), options)).toEqual({
    signedBy: keyId("cp", signer.publicKey),
    image: `sha256:${IMAGE}`,
    release: `sha256:${RELEASE}`,
    sbom: `sha256:${toHex(sha256(SBOM))}`,
    builder: "https://berth.example",
    invocation: "dep_1",
    source: { uri: "https://git.example/echo", digest: { gitCommit: "c".repeat(40) } },
  });
});

test("a changed byte anywhere in it is refused", async () => {
  const text = await signed(statement());
  for (let at = 0; at < text.length; at += 7) {
    const changed = text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
    await expect(verifyProvenance(changed, options), `byte ${at}`).rejects.toThrow();
  }
});

test.each([
  ["another's key", async () => await signed(statement(), newSigner()), {}, "provenance.signature"],
  ["another image", async () => await signed(statement()), { image: `sha256:${RELEASE}` }, "provenance.image"],
  ["another release", async () => await signed(statement()), { release: `sha256:${IMAGE}` }, "provenance.release"],
  ["another list", async () => await signed(statement()), { sbom: new Uint8Array([1]) }, "provenance.sbom"],
  ["another claim", async () => await signed(statement({ predicateType: "x" })), {}, "provenance.statement"],
  ["two images", async () => await signed(statement({ subject: [{}, {}] })), {}, "provenance.statement"],
  ["no JSON", async () => "nothing", {}, "provenance.envelope"],
])("%s is refused", async (_what, made, changes, check) => {
  await expect(verifyProvenance(await made(), { ...options, ...changes })).rejects.toMatchObject({ check });
});

test("keys are those of the published document, and only what their ids name", () => {
  const published = (keyid: string): string =>
    formatPublishedKeys({ origin: "o", log: { vkey: "v" }, controlPlane: [{ keyid, jwk: toJwk(signer.publicKey) }] });
  expect(controlPlaneKeysIn(published(keyId("cp", signer.publicKey)))).toEqual([signer.publicKey]);
  expect(() => controlPlaneKeysIn(published("cp:x"))).toThrow("not the one that its id names");
});
