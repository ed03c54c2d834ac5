import { decodeBase64, encodeBase64 } from "./base64.ts";
import { concatBytes, toHex, utf8 } from "./bytes.ts";
import { webCrypto } from "./crypto.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { checkPublicKey, verifyEd25519 } from "./ed25519.ts";
import type { Signer } from "./ed25519.ts";
import { LedgerError } from "./ledger-error.ts";
import { sha256 } from "./sha256.ts";

// C2SP tlog-cosignature: signature type 0x04 is a timestamped Ed25519 signature over a checkpoint.
const COSIGNATURE_V1 = 0x04;
const ID_LENGTH = 4;
const STAMP_LENGTH = 8;
const COSIGNATURE_LENGTH = ID_LENGTH + STAMP_LENGTH + 64;
const MAX_LINES = 32;
// The last second that JavaScript has a date for.
const MAX_TIME = 8_640_000_000_000n;

/** A witness: who signs that a log has only grown. */
export interface WitnessKey {
  readonly name: string;
  /** Hex of 4 bytes. */
  readonly id: string;
  readonly publicKey: Uint8Array;
}

export interface Cosignature {
  /** The line of the note, with its line break. */
  readonly line: string;
  /** When, by the witness's clock. RFC 3339. */
  readonly at: string;
}

export function witnessKey(name: string, publicKey: Uint8Array): WitnessKey {
  const id = toHex(sha256(concatBytes(utf8(`${name}\n`), typed(publicKey))).subarray(0, ID_LENGTH));
  return { name, id, publicKey };
}

export function formatWitnessKey({ name, id, publicKey }: WitnessKey): string {
  return `${name}+${id}+${encodeBase64(typed(publicKey))}`;
}

/** @throws LedgerError `note` or `key`. */
export function parseWitnessKey(vkey: string): WitnessKey {
  const [, name = "", id, encoded] = /^([^+\s]{1,256})\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(vkey) ?? [];
  if (encoded === undefined) throw new LedgerError("note", "not a verifier key");
  const bytes = decodeBase64(encoded);
  if (bytes[0] !== COSIGNATURE_V1) throw new LedgerError("note", "not the key of a witness (cosignature/v1)");
  const key = witnessKey(name, bytes.subarray(1));
  if (key.id !== id) throw new LedgerError("note", "the verifier key's id is not the one of its name and key");
  checkPublicKey(key.publicKey);
  return key;
}

/** The signature line for a checkpoint's text. */
export async function cosign(text: string, { name, id }: WitnessKey, signer: Signer, at: Date): Promise<string> {
  const time = Math.floor(at.getTime() / 1000);
  const stamp = new Uint8Array(STAMP_LENGTH);
  new DataView(stamp.buffer).setBigUint64(0, BigInt(time));
  const idBytes = Uint8Array.from(id.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  const signature = await signer.sign(signedBytes(text, String(time)));
  return `— ${name} ${encodeBase64(concatBytes(idBytes, stamp, signature))}\n`;
}

/** Among these lines the one of this witness, verified; undefined without one. @throws LedgerError `note` or `key`. */
export async function findCosignature(
  lines: string,
  text: string,
  key: WitnessKey,
  crypto: VerifierCrypto = webCrypto,
): Promise<Cosignature | undefined> {
  for (const line of lines.split("\n").slice(0, MAX_LINES)) {
    const [, name, encoded] = /^— ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
    if (name !== key.name || encoded === undefined) continue;
    const bytes = decodeBase64(encoded);
    if (bytes.length !== COSIGNATURE_LENGTH || toHex(bytes.subarray(0, ID_LENGTH)) !== key.id) continue;
    const time = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(ID_LENGTH);
    if (time > MAX_TIME) throw new LedgerError("note", "the witness signed for a time that does not exist");
    const signature = bytes.subarray(ID_LENGTH + STAMP_LENGTH);
    await verifyEd25519(key.publicKey, signedBytes(text, String(time)), signature, crypto);
    return { line: `${line}\n`, at: new Date(Number(time) * 1000).toISOString() };
  }
  return undefined;
}

/** Whose signatures on a checkpoint somebody wants to see, and how many of them are enough. */
export interface WitnessPolicy {
  /** Verifier keys. */
  readonly keys: readonly string[];
  readonly atLeast: number;
}

export interface WitnessedBy {
  readonly key: string;
  readonly at: string;
}

/** `note` is a checkpoint with its signatures. @throws LedgerError `note` or `key` when too few have signed. */
export async function verifyWitnesses(
  note: string,
  { keys, atLeast }: WitnessPolicy,
  crypto: VerifierCrypto = webCrypto,
): Promise<readonly WitnessedBy[]> {
  const split = note.lastIndexOf("\n\n");
  const [text, lines] = [note.slice(0, split + 1), note.slice(split + 2)];
  const found: WitnessedBy[] = [];
  for (const key of new Set(keys)) {
    const cosignature = await findCosignature(lines, text, parseWitnessKey(key), crypto);
    if (cosignature !== undefined) found.push({ key, at: cosignature.at });
  }
  if (found.length >= atLeast) return found;
  throw new LedgerError("note", `${found.length} of the witnesses have signed the checkpoint, not ${atLeast}`);
}

function signedBytes(text: string, time: string): Uint8Array {
  return utf8(`cosignature/v1\ntime ${time}\n${text}`);
}

function typed(publicKey: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(COSIGNATURE_V1), publicKey);
}
