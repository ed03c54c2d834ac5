import { encodeBase64 } from "./base64.ts";
import { utf8 } from "./bytes.ts";
import { canonicalJson } from "./canonical-json.ts";
import type { JsonValue } from "./canonical-json.ts";
import { verifyCheckpoint } from "./checkpoint.ts";
import type { Checkpoint } from "./checkpoint.ts";
import { webCrypto } from "./crypto.ts";
import type { VerifierCrypto } from "./crypto.ts";
import { isRecord, readString } from "./json-shape.ts";
import { LedgerError, during } from "./ledger-error.ts";
import { leafHash } from "./merkle-hash.ts";
import { verifyInclusion } from "./merkle-verify.ts";
import { parseVerifierKey } from "./signed-note.ts";
import { parseStrictJson } from "./strict-json.ts";
import { parseTlogProof } from "./tlog-proof.ts";

export interface VerifiedAuditProof {
  readonly entry: { readonly [key: string]: JsonValue };
  readonly index: number;
  readonly head: Checkpoint;
  /** The log's; whether it is one that the caller trusts is for the caller to say. */
  readonly vkey: string;
}

/** An audit entry with its proof, as `/v1/audit/{id}/proof` gives it. @throws LedgerError */
export async function verifyAuditProof(text: string, crypto: VerifierCrypto = webCrypto): Promise<VerifiedAuditProof> {
  const value = parseStrictJson(text);
  if (!isRecord(value)) throw new LedgerError("format", "not an audit proof");
  const { entry } = value;
  const [leaf, proof, vkey] = ["leaf", "proof", "vkey"].map((name) => readString(value, name));
  if (!isRecord(entry) || leaf === undefined || proof === undefined || vkey === undefined) {
    throw new LedgerError("format", "not an audit proof");
  }
  const said = parseStrictJson(leaf);
  const h = encodeBase64(crypto.sha256(utf8(canonicalJson(entry))));
  if (!isRecord(said) || said["k"] !== "audit" || said["h"] !== h) {
    throw new LedgerError("log.receipt", "the log entry does not stand for this audit entry");
  }
  const { index, hashes, checkpoint } = parseTlogProof(proof);
  const head = await during("log.checkpoint", () => verifyCheckpoint(checkpoint, parseVerifierKey(vkey), crypto));
  const { size, root } = head;
  await during("log.receipt", () =>
    verifyInclusion({ index, size, root, proof: hashes, leafHash: leafHash(utf8(leaf), crypto.sha256) }, crypto.sha256),
  );
  return { entry, index, head, vkey };
}
