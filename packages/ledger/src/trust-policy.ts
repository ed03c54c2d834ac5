import { isRecord, readArray, readRecord, readString } from "./json-shape.ts";
import { LedgerError } from "./ledger-error.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { Ed25519Jwk } from "./ed25519.ts";
import { parseVerifierKey } from "./signed-note.ts";
import { parseStrictJson } from "./strict-json.ts";

/**
 * Whom a verifier believes. It must reach the verifier by another way than the receipt did: a bundle that brings its
 * own keys along can only agree with itself.
 */
export interface TrustPolicy {
  /** Verifier keys of logs. */
  readonly logs: readonly string[];
  /** Key ids (`cp:<thumbprint>`) of control planes. */
  readonly controlPlanes: readonly string[];
}

export interface PublishedKeys {
  readonly origin: string;
  readonly log: { readonly vkey: string };
  readonly controlPlane: readonly { readonly keyid: string; readonly jwk: Ed25519Jwk }[];
}

/** The document at `/ledger/keys`: what a caller saves once, to verify every receipt of this installation. */
export function formatPublishedKeys(keys: PublishedKeys): string {
  return canonicalJson(keys);
}

/** Reads such a document as a policy. @throws LedgerError. */
export function parseTrustPolicy(publishedKeys: string): TrustPolicy {
  const value = parseStrictJson(publishedKeys);
  if (!isRecord(value)) throw new LedgerError("format", "not a keys document");
  const vkey = readString(readRecord(value, "log"), "vkey");
  parseVerifierKey(vkey);
  const controlPlanes = readArray(value, "controlPlane", 1000).map((key) => {
    if (!isRecord(key)) throw new LedgerError("format", "a key is not an object");
    return readString(key, "keyid");
  });
  return { logs: [vkey], controlPlanes };
}
