import { utf8 } from "./bytes.ts";
import { verifyCheckpoint } from "./checkpoint.ts";
import { webCrypto } from "./crypto.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { LedgerError } from "./ledger-error.ts";
import { contentEntry } from "./log-entry.ts";
import type { NoteKey } from "./signed-note.ts";
import { isRecord, readString } from "./json-shape.ts";
import { parseCanonicalJson } from "./strict-json.ts";
import { parseTlogProof } from "./tlog-proof.ts";
import { verifyEntry } from "./verify-announced-key.ts";

/** What a log gave for the checkpoint of another: the leaf that stands for it, and a C2SP tlog-proof of that leaf. */
export interface LogAnchor {
  readonly entry: string;
  readonly proof: string;
}

/** Where the checkpoint stands. */
export interface AnchoredAt {
  readonly origin: string;
  readonly size: number;
  readonly index: number;
}

/**
 * That the log with this key holds the checkpoint, needing nothing but what is given. When it got there, its other
 * entries and its witnesses say. @throws LedgerError
 */
export async function verifyLogAnchor(
  checkpoint: string,
  { entry, proof }: LogAnchor,
  key: NoteKey,
  crypto: VerifierCrypto = webCrypto,
): Promise<AnchoredAt> {
  const leaf = parseCanonicalJson(entry);
  if (!isRecord(leaf)) throw new LedgerError("format", "the entry is not an object");
  if (contentEntry("anchor", utf8(checkpoint), readString(leaf, "s"), crypto.sha256) !== entry) {
    throw new LedgerError("format", "the entry is not the one of this checkpoint");
  }
  const { index, hashes, checkpoint: head } = parseTlogProof(proof);
  const { origin, size, root } = await verifyCheckpoint(head, key, crypto);
  verifyEntry(entry, { index, proof: hashes }, { origin, size, root }, crypto);
  return { origin, size, index };
}
