import { decodeBase64, encodeBase64 } from "./base64.ts";
import { concatBytes, toHex, utf8 } from "./bytes.ts";
import { webCrypto } from "./crypto.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { checkPublicKey, verifyEd25519 } from "./ed25519.ts";
import type { Signer } from "./ed25519.ts";
import { LedgerError } from "./ledger-error.ts";
import { sha256 } from "./sha256.ts";

/** C2SP signed-note. Signature type 0x01: Ed25519 over the note's text. */
const ED25519 = 0x01;

// A note comes from outside: what a witness network would ever produce fits easily.
const MAX_NOTE_LENGTH = 1_000_000;
const MAX_SIGNATURES = 100;

/** A public key under its name, as parsed from a verifier key (vkey). */
export interface NoteKey {
  readonly name: string;
  /** Hex of the first four bytes of SHA-256(name || "\n" || type || public key). */
  readonly id: string;
  readonly publicKey: Uint8Array;
}

export function noteKey(name: string, publicKey: Uint8Array): NoteKey {
  if (!isKeyName(name)) throw new LedgerError("note", "a key name is not empty and has neither spaces nor a plus sign");
  const id = toHex(sha256(concatBytes(utf8(`${name}\n`), typed(publicKey))).subarray(0, 4));
  return { name, id, publicKey };
}

/** `name+id+base64(0x01 || public key)`. */
export function formatVerifierKey({ name, id, publicKey }: NoteKey): string {
  return `${name}+${id}+${encodeBase64(typed(publicKey))}`;
}

/** The last one that was parsed: all bundles of a log name the same, and working out its id costs a hash. */
let lastKey: { readonly vkey: string; readonly key: NoteKey } | undefined;

/** @throws LedgerError `note` or `key`. */
export function parseVerifierKey(vkey: string): NoteKey {
  if (lastKey?.vkey === vkey) return lastKey.key;
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(vkey) ?? [];
  if (name === undefined || encoded === undefined) throw new LedgerError("note", "not a verifier key");
  const bytes = decodeBase64(encoded);
  if (bytes[0] !== ED25519) throw new LedgerError("note", "the verifier key is not an Ed25519 key");
  const key = noteKey(name, bytes.subarray(1));
  if (key.id !== id) throw new LedgerError("note", "the verifier key's id is not the one of its name and key");
  checkPublicKey(key.publicKey);
  lastKey = { vkey, key };
  return key;
}

/** `text` ends with a newline. */
export async function signNote(text: string, name: string, signer: Signer): Promise<string> {
  checkText(text);
  if (!text.endsWith("\n")) throw new LedgerError("note", "a note's text ends with a newline");
  const { id } = noteKey(name, signer.publicKey);
  const signature = await signer.sign(utf8(text));
  const idBytes = Uint8Array.from(id.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
  return `${text}\n— ${name} ${encodeBase64(concatBytes(idBytes, signature))}\n`;
}

interface NoteSignature {
  readonly name: string;
  readonly id: string;
  readonly signature: Uint8Array;
}

/**
 * The text of a note that at least one of `keys` signed. Signatures of unknown keys are ignored; one of a known key that
 * is wrong makes the whole note worthless.
 * @throws LedgerError `note`.
 */
export async function verifyNote(
  note: string,
  keys: readonly NoteKey[],
  crypto: VerifierCrypto = webCrypto,
): Promise<string> {
  const { text, signatures } = parseNote(note);
  let known = 0;
  for (const { name, id, signature } of signatures) {
    const key = keys.find((key) => key.name === name && key.id === id);
    if (key === undefined) continue;
    await verifyEd25519(key.publicKey, utf8(text), signature, crypto);
    known++;
  }
  if (known === 0) throw new LedgerError("note", "no known key signed the note");
  return text;
}

function parseNote(note: string): { readonly text: string; readonly signatures: readonly NoteSignature[] } {
  if (note.length > MAX_NOTE_LENGTH) throw new LedgerError("note", "the note is too long");
  checkText(note);
  const split = note.lastIndexOf("\n\n");
  if (split < 0 || !note.endsWith("\n")) throw new LedgerError("note", "not a signed note");
  const lines = note.slice(split + 2, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) throw new LedgerError("note", "the note has too many signatures");
  return { text: note.slice(0, split + 1), signatures: lines.map(parseSignature) };
}

function parseSignature(line: string): NoteSignature {
  const [, name, encoded] = /^— ([^ ]+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !isKeyName(name)) {
    throw new LedgerError("note", "a signature line is malformed");
  }
  const bytes = decodeBase64(encoded);
  if (bytes.length < 5) throw new LedgerError("note", "a signature is too short");
  return { name, id: toHex(bytes.subarray(0, 4)), signature: bytes.subarray(4) };
}

function checkText(text: string): void {
  // Only the newline among the control characters, and nothing that has no UTF-8 form.
  // oxlint-disable-next-line no-control-regex
  if (/[\u0000-\u0009\u000b-\u001f]/.test(text) || !text.isWellFormed()) {
    throw new LedgerError("note", "the note has a control character or is not valid text");
  }
}

function isKeyName(name: string): boolean {
  return name !== "" && name.isWellFormed() && !/[\s\u0085+]/.test(name);
}

function typed(publicKey: Uint8Array): Uint8Array {
  return concatBytes(Uint8Array.of(ED25519), publicKey);
}
