import { decodeBase64, encodeBase64 } from "./base64.ts";
import { webCrypto } from "./crypto.ts";
import type { VerifierCrypto } from "./crypto.ts";
import type { Signer } from "./ed25519.ts";
import { LedgerError } from "./ledger-error.ts";
import { signNote, verifyNote } from "./signed-note.ts";
import type { NoteKey } from "./signed-note.ts";

/** Head of a log (C2SP tlog-checkpoint). */
export interface Checkpoint {
  /** Unique name of the log; also the name of its key. */
  readonly origin: string;
  readonly size: number;
  readonly root: Uint8Array;
}

export function signCheckpoint({ origin, size, root }: Checkpoint, signer: Signer): Promise<string> {
  return signNote(`${origin}\n${size}\n${encodeBase64(root)}\n`, origin, signer);
}

/** The head a log signed with this key. @throws LedgerError `note` or `key`. */
export async function verifyCheckpoint(
  note: string,
  key: NoteKey,
  crypto: VerifierCrypto = webCrypto,
): Promise<Checkpoint> {
  const checkpoint = parseCheckpointText(await verifyNote(note, [key], crypto));
  if (checkpoint.origin !== key.name) throw new LedgerError("note", "the checkpoint is of another log than its key");
  return checkpoint;
}

/** `text` is the signed text of a note, without its signatures. @throws LedgerError `note`. */
export function parseCheckpointText(text: string): Checkpoint {
  const [origin = "", size = "", root = "", ...extensions] = text.split("\n");
  // The last element is what follows the final newline; extension lines are allowed but may not be empty.
  if (extensions.pop() !== "" || extensions.includes("") || origin === "") {
    throw new LedgerError("note", "not a checkpoint");
  }
  return { origin, size: parseSize(size), root: parseHash(root) };
}

/** ASCII decimal without leading zeroes. @throws LedgerError `note`. */
export function parseSize(text: string): number {
  const size = Number(text);
  if (!/^(0|[1-9]\d{0,15})$/.test(text) || !Number.isSafeInteger(size)) {
    throw new LedgerError("note", "a size or index is not a decimal number below 2^53");
  }
  return size;
}

/** Base64 of 32 bytes. @throws LedgerError `note`. */
export function parseHash(text: string): Uint8Array {
  const hash = decodeBase64(text);
  if (hash.length !== 32) throw new LedgerError("note", "a hash is not 32 bytes long");
  return hash;
}
