import { decodeBase64, decodeBase64Url, encodeBase64 } from "./base64.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { JsonValue } from "./canonical-json.ts";
import { parseHash } from "./checkpoint.ts";
import { parseEnvelope } from "./dsse.ts";
import type { DsseEnvelope } from "./dsse.ts";
import { checkPublicKey, toJwk } from "./ed25519.ts";
import { EVENT_SALT_BYTES } from "./event-leaf.ts";
import { isRecord, onlyKeys, readArray, readInteger, readRecord, readString } from "./json-shape.ts";
import { LedgerError } from "./ledger-error.ts";
import { parseVerifierKey } from "./signed-note.ts";
import type { NoteKey } from "./signed-note.ts";
import { parseCanonicalJson } from "./strict-json.ts";

export const BUNDLE_TYPE = "https://berth.dev/receipt-bundle/v1";
export const BUNDLE_MEDIA_TYPE = "application/vnd.berth.receipt-bundle+json";

/** Characters. More is refused before it is parsed. */
export const MAX_BUNDLE_LENGTH = 67_108_864;

const MAX_ADDENDA = 10_000;
// A key that lived for a month is the hundredth after eight years.
const MAX_SUCCESSORS = 100;

export interface LogPosition {
  readonly index: number;
  /** Audit path to the root of the bundle's checkpoint. */
  readonly proof: readonly Uint8Array[];
}

export interface BundleKey extends LogPosition {
  readonly publicKey: Uint8Array;
  /** The key that this one took over from, and its signature under the announcement. */
  readonly prior?: { readonly key: BundleKey; readonly signature: Uint8Array };
}

/** A signed statement about the receipt, with its own leaf. */
export interface BundleAddendum extends LogPosition {
  readonly envelope: DsseEnvelope;
  /** The control plane's key of that time, when it is another than the receipt's. */
  readonly key?: BundleKey;
}

/** An event with its salt, or only its leaf hash when it is withheld. */
export type BundleEvent = { readonly event: JsonValue; readonly salt: Uint8Array } | { readonly leaf: Uint8Array };

/** Everything an offline verifier needs for one receipt. Not signed as a whole: each part proves itself. */
export interface ReceiptBundle {
  readonly envelope: DsseEnvelope;
  /** In order of sequence number. */
  readonly events: readonly BundleEvent[];
  readonly serviceAccount: BundleKey;
  readonly controlPlane: BundleKey;
  readonly log: { readonly key: NoteKey; readonly vkey: string; readonly checkpoint: string };
  readonly receipt: LogPosition;
  /** In the order of the log. That these are all there are, no bundle can show. */
  readonly addenda?: readonly BundleAddendum[];
}

export interface BundleParts extends Omit<ReceiptBundle, "log" | "events"> {
  readonly log: { readonly vkey: string; readonly checkpoint: string };
  /** Events in a form that canonicalJson accepts. */
  readonly events: readonly ({ readonly event: unknown; readonly salt: Uint8Array } | { readonly leaf: Uint8Array })[];
}

/** The one text of a bundle: JCS. */
export function formatBundle(bundle: BundleParts): string {
  return canonicalJson({
    type: BUNDLE_TYPE,
    envelope: bundle.envelope,
    events: bundle.events.map((event) =>
      "leaf" in event ? { leaf: encodeBase64(event.leaf) } : { event: event.event, salt: encodeBase64(event.salt) },
    ),
    keys: { sa: formatKey(bundle.serviceAccount), cp: formatKey(bundle.controlPlane) },
    log: { vkey: bundle.log.vkey, checkpoint: bundle.log.checkpoint },
    receipt: formatPosition(bundle.receipt),
    ...(bundle.addenda === undefined || bundle.addenda.length === 0
      ? {}
      : { addenda: bundle.addenda.map(formatAddendum) }),
  });
}

/**
 * Reads the form only; nothing is verified. A final newline is forgiven, any other change of layout is not: the file is
 * checked byte for byte. @throws LedgerError.
 */
export function parseBundle(text: string): ReceiptBundle {
  if (text.length > MAX_BUNDLE_LENGTH) throw new LedgerError("format", "the bundle is too large");
  const bundle = parseCanonicalJson(text.endsWith("\n") ? text.slice(0, -1) : text);
  if (!isRecord(bundle) || bundle["type"] !== BUNDLE_TYPE) throw new LedgerError("format", "not a receipt bundle");
  onlyKeys(bundle, ["type", "envelope", "events", "keys", "log", "receipt", "addenda"]);
  const keys = readRecord(bundle, "keys");
  onlyKeys(keys, ["sa", "cp"]);
  const log = readRecord(bundle, "log");
  onlyKeys(log, ["vkey", "checkpoint"]);
  const receipt = readRecord(bundle, "receipt");
  onlyKeys(receipt, ["index", "proof"]);
  const vkey = readString(log, "vkey");
  return {
    envelope: readEnvelope(bundle),
    events: readArray(bundle, "events", 10_000_000).map(parseEvent),
    serviceAccount: parseKey(readRecord(keys, "sa")),
    controlPlane: parseKey(readRecord(keys, "cp")),
    log: { key: parseVerifierKey(vkey), vkey, checkpoint: readString(log, "checkpoint") },
    receipt: parsePosition(receipt),
    ...(Object.hasOwn(bundle, "addenda")
      ? { addenda: readArray(bundle, "addenda", MAX_ADDENDA).map(parseAddendumPart) }
      : {}),
  };
}

function formatPosition({ index, proof }: LogPosition): JsonValue {
  return { index, proof: proof.map(encodeBase64) };
}

function formatKey(key: BundleKey): JsonValue {
  const { prior } = key;
  return {
    jwk: { ...toJwk(key.publicKey) },
    ...(prior === undefined ? {} : { prior: { key: formatKey(prior.key), sig: encodeBase64(prior.signature) } }),
    index: key.index,
    proof: key.proof.map(encodeBase64),
  };
}

function formatAddendum({ envelope, key, index, proof }: BundleAddendum): unknown {
  return { envelope, ...(key === undefined ? {} : { key: formatKey(key) }), index, proof: proof.map(encodeBase64) };
}

function readEnvelope(from: { readonly [key: string]: unknown }): DsseEnvelope {
  const envelope = readRecord(from, "envelope");
  onlyKeys(envelope, ["payload", "payloadType", "signatures"]);
  return parseEnvelope(envelope);
}

function parseAddendumPart(value: unknown): BundleAddendum {
  if (!isRecord(value)) throw new LedgerError("format", "an addendum is not an object");
  onlyKeys(value, ["envelope", "key", "index", "proof"]);
  return {
    envelope: readEnvelope(value),
    ...(Object.hasOwn(value, "key") ? { key: parseKey(readRecord(value, "key")) } : {}),
    ...parsePosition(value),
  };
}

function parsePosition(value: { readonly [key: string]: unknown }): LogPosition {
  const proof = readArray(value, "proof", 64).map((hash) => {
    if (typeof hash !== "string") throw new LedgerError("format", "a hash is not a string");
    return parseHash(hash);
  });
  return { index: readInteger(value, "index"), proof };
}

function parseKey(value: { readonly [key: string]: unknown }, successors = 0): BundleKey {
  onlyKeys(value, ["jwk", "prior", "index", "proof"]);
  const jwk = readRecord(value, "jwk");
  onlyKeys(jwk, ["crv", "kty", "x"]);
  if (jwk["crv"] !== "Ed25519" || jwk["kty"] !== "OKP") throw new LedgerError("format", "a key is not Ed25519");
  const publicKey = decodeBase64Url(readString(jwk, "x"));
  checkPublicKey(publicKey);
  const position = parsePosition(value);
  if (!Object.hasOwn(value, "prior")) return { publicKey, ...position };
  if (successors >= MAX_SUCCESSORS) throw new LedgerError("format", "a key has too many predecessors");
  const prior = readRecord(value, "prior");
  onlyKeys(prior, ["key", "sig"]);
  const signature = decodeBase64(readString(prior, "sig"));
  return { publicKey, ...position, prior: { key: parseKey(readRecord(prior, "key"), successors + 1), signature } };
}

function parseEvent(value: unknown): BundleEvent {
  if (!isRecord(value)) throw new LedgerError("format", "an event is not an object");
  if (Object.hasOwn(value, "leaf")) {
    onlyKeys(value, ["leaf"]);
    return { leaf: parseHash(readString(value, "leaf")) };
  }
  onlyKeys(value, ["event", "salt"]);
  const salt = decodeBase64(readString(value, "salt"));
  if (salt.length !== EVENT_SALT_BYTES) throw new LedgerError("format", "an event's salt is not 16 bytes long");
  // The record was parsed from JSON.
  return { event: readRecord(value, "event") as JsonValue, salt };
}
