import { decodeBase64, decodeBase64Url } from "./base64.ts";
import { toHex } from "./bytes.ts";
import { webCrypto } from "./crypto.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { IN_TOTO_PAYLOAD_TYPE, pae, parseEnvelope, payloadOf } from "./dsse.ts";
import type { DsseEnvelope } from "./dsse.ts";
import { keyId, verifyEd25519 } from "./ed25519.ts";
import { isRecord, readArray, readRecord, readString } from "./json-shape.ts";
import { LedgerError, during } from "./ledger-error.ts";
import { STATEMENT_TYPE } from "./statement-form.ts";
import { parseStrictJson } from "./strict-json.ts";

/** What a signed provenance (SLSA v1.0, in an in-toto statement) says of an image. */
export interface VerifiedProvenance {
  /** `cp:<thumbprint>` of the key that signed it. */
  readonly signedBy: string;
  /** `sha256:…` of the image's manifest. */
  readonly image: string;
  /** `sha256:…` of the release, as its receipts name it. */
  readonly release: string;
  /** `sha256:…` of the bill of materials. Absent of images from before it was named. */
  readonly sbom?: string;
  readonly builder: string;
  /** The deployment. */
  readonly invocation?: string;
  /** `digest` by algorithm: a commit of git is `gitCommit`. */
  readonly source: { readonly uri: string; readonly digest?: Readonly<Record<string, string>> };
}

export interface ProvenanceOptions {
  /** Public keys of control planes that are believed. */
  readonly keys: readonly Uint8Array[];
  /** Of the receipt: the release that ran. */
  readonly release?: string;
  /** Of the image that is looked at. */
  readonly image?: string;
  /** The bytes of the bill of materials that came with it. */
  readonly sbom?: Uint8Array;
  /** Default: the one that runs everywhere. */
  readonly crypto?: VerifierCrypto;
}

const PREDICATE_TYPE = "https://slsa.dev/provenance/v1";
/** Larger ones are nobody's: a package takes some hundred bytes. */
const MAX_LENGTH = 8 * 1024 * 1024;
const MAX_ENTRIES = 20_000;

/**
 * Verifies a provenance without network: that the control plane signed it, and that it is about this release, this image
 * and this bill of materials. @throws LedgerError; `check` names the first thing that does not hold.
 */
export async function verifyProvenance(
  text: string,
  { keys, release, image, sbom, crypto = webCrypto }: ProvenanceOptions,
): Promise<VerifiedProvenance> {
  const envelope = await during("provenance.envelope", () => openEnvelope(text));
  const signedBy = await during("provenance.signature", async () => await signer(envelope, keys, crypto));
  const said = await during("provenance.statement", () => readStatement(payloadOf(envelope)));
  if (image !== undefined) same("provenance.image", "the image", { said: said.image, is: image });
  if (release !== undefined) same("provenance.release", "the release", { said: said.release, is: release });
  if (sbom !== undefined) {
    const is = `sha256:${toHex(crypto.sha256(sbom))}`;
    same("provenance.sbom", "the bill of materials", { said: said.sbom ?? "none", is });
  }
  return { signedBy, ...said };
}

/** Of the document at `/ledger/keys`. @throws LedgerError */
export function controlPlaneKeysIn(
  publishedKeys: string,
  { sha256 }: VerifierCrypto = webCrypto,
): readonly Uint8Array[] {
  const value = parseStrictJson(publishedKeys);
  if (!isRecord(value)) throw new LedgerError("format", "not a keys document");
  return readArray(value, "controlPlane", 1000).map((key) => {
    if (!isRecord(key)) throw new LedgerError("format", "a key is not an object");
    const publicKey = decodeBase64Url(readString(readRecord(key, "jwk"), "x"));
    if (keyId("cp", publicKey, sha256) === readString(key, "keyid")) return publicKey;
    throw new LedgerError("key", "a key is not the one that its id names");
  });
}

function openEnvelope(text: string): DsseEnvelope {
  if (text.length > MAX_LENGTH) throw new LedgerError("format", "it is larger than 8 MiB");
  const envelope = parseEnvelope(parseStrictJson(text));
  if (envelope.payloadType === IN_TOTO_PAYLOAD_TYPE) return envelope;
  throw new LedgerError("format", "the envelope is not an in-toto statement");
}

/** One signature of a key that is believed is enough; what others have added is no matter. */
async function signer(envelope: DsseEnvelope, keys: readonly Uint8Array[], crypto: VerifierCrypto): Promise<string> {
  const signed = pae(envelope.payloadType, payloadOf(envelope));
  for (const { keyid, sig } of envelope.signatures) {
    const key = keys.find((each) => keyId("cp", each, crypto.sha256) === keyid);
    if (key === undefined) continue;
    await verifyEd25519(key, signed, decodeBase64(sig), crypto);
    return keyid;
  }
  throw new LedgerError("key", "it is signed by no control plane that is believed");
}

function readStatement(payload: Uint8Array): Omit<VerifiedProvenance, "signedBy"> {
  const statement = parseStrictJson(new TextDecoder("utf-8", { fatal: true }).decode(payload));
  if (!isRecord(statement)) throw new LedgerError("format", "the statement is not an object");
  if (readString(statement, "_type") !== STATEMENT_TYPE || readString(statement, "predicateType") !== PREDICATE_TYPE) {
    throw new LedgerError("format", "it is no SLSA provenance, version 1");
  }
  const [subject, second] = readArray(statement, "subject", 2);
  if (second !== undefined) throw new LedgerError("format", "it is about more than one image");
  const predicate = readRecord(statement, "predicate");
  const details = readRecord(predicate, "runDetails");
  const [source] = readArray(readRecord(predicate, "buildDefinition"), "resolvedDependencies", MAX_ENTRIES);
  if (!isRecord(source)) throw new LedgerError("format", "it names no source");
  const sbom = byproduct(details, "sbom");
  const invocation = isRecord(details["metadata"]) ? details["metadata"]["invocationId"] : undefined;
  return {
    image: sha256Of(subject, "subject"),
    release: byproduct(details, "release") ?? "none",
    ...(sbom === undefined ? {} : { sbom }),
    builder: readString(readRecord(details, "builder"), "id"),
    ...(typeof invocation === "string" ? { invocation } : {}),
    source: {
      uri: readString(source, "uri"),
      ...(source["digest"] === undefined ? {} : { digest: digestsOf(source) }),
    },
  };
}

function byproduct(details: { readonly [key: string]: unknown }, name: string): string | undefined {
  const found = readArray(details, "byproducts", 16).find((each) => isRecord(each) && each["name"] === name);
  return found === undefined ? undefined : sha256Of(found, name);
}

function sha256Of(value: unknown, name: string): string {
  if (!isRecord(value)) throw new LedgerError("format", `${name} is not an object`);
  return `sha256:${readString(readRecord(value, "digest"), "sha256")}`;
}

function digestsOf(source: { readonly [key: string]: unknown }): Readonly<Record<string, string>> {
  const digests = readRecord(source, "digest");
  return Object.fromEntries(Object.keys(digests).map((algorithm) => [algorithm, readString(digests, algorithm)]));
}

function same(
  check: "provenance.image" | "provenance.release" | "provenance.sbom",
  what: string,
  { said, is }: { readonly said: string; readonly is: string },
): void {
  if (said !== is) throw new LedgerError(check, `${what} is ${is}, and the provenance is about ${said}`);
}
