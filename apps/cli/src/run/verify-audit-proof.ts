import {
  LedgerError,
  canonicalJson,
  leafHash,
  parseStrictJson,
  parseTlogProof,
  parseVerifierKey,
  sha256,
  verifyCheckpoint,
  verifyInclusion,
} from "@berth/ledger";
import type { Checkpoint } from "@berth/ledger";
import type { AuditEntryInfo } from "@berth/sdk/client";

export interface VerifiedAuditEntry {
  readonly entry: AuditEntryInfo;
  readonly index: number;
  readonly head: Checkpoint;
  readonly vkey: string;
}

/** An audit entry with its proof, as `/v1/audit/{id}/proof` gives it. @throws LedgerError */
export async function verifyAuditProof(text: string): Promise<VerifiedAuditEntry> {
  const value = parseStrictJson(text);
  const [entry, leaf, proof, vkey] = ["entry", "leaf", "proof", "vkey"].map((name) => memberOf(value, name));
  if (typeof leaf !== "string" || typeof proof !== "string" || typeof vkey !== "string") {
    throw new LedgerError("format", "not an audit proof");
  }
  const said = parseStrictJson(leaf);
  const h = Buffer.from(sha256(Buffer.from(canonicalJson(entry)))).toString("base64");
  if (memberOf(said, "k") !== "audit" || memberOf(said, "h") !== h) {
    throw new LedgerError("log.receipt", "the log entry does not stand for this audit entry");
  }
  const { index, hashes, checkpoint } = parseTlogProof(proof);
  const head = await verifyCheckpoint(checkpoint, parseVerifierKey(vkey));
  const { size, root } = head;
  verifyInclusion({ index, size, root, proof: hashes, leafHash: leafHash(Buffer.from(leaf)) });
  // The log stands for it, and the platform writes nothing else there.
  return { entry: entry as AuditEntryInfo, index, head, vkey };
}

function memberOf(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null && Object.hasOwn(value, name)
    ? (value as { readonly [name: string]: unknown })[name] // just looked
    : undefined;
}
