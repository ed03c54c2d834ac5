import type { AddendumKind } from "./addendum.ts";
import { encodeBase64 } from "./base64.ts";
import { canonicalJson } from "./canonical-json.ts";
import { sha256 } from "./sha256.ts";
import type { Sha256 } from "./sha256.ts";

/** `anchor`: the checkpoint of another log, as its signed note. */
export type LogEntryKind = "receipt" | AddendumKind | "audit" | "key" | "anchor";

/** One leaf's data. Safe to publish: `h` is the hash of a salted statement. */
export interface LogEntry {
  /** Base64 SHA-256 of the content the entry stands for. */
  readonly h: string;
  readonly k: LogEntryKind;
  /**
   * Key id: of the key that is announced or revoked, else of the control plane that signs (a receipt's agent key would
   * tell who runs how much).
   */
  readonly s: string;
  readonly v: 1;
}

export function encodeLogEntry(entry: LogEntry): string {
  return canonicalJson(entry);
}

export function receiptEntry(payload: Uint8Array, controlPlaneKeyId: string, hash: Sha256 = sha256): string {
  return contentEntry("receipt", payload, controlPlaneKeyId, hash);
}

/** Entry of anything that the control plane signs: `content` is the payload of the envelope, or of an audit record. */
export function contentEntry(
  kind: Exclude<LogEntryKind, "key">,
  content: Uint8Array,
  controlPlaneKeyId: string,
  hash: Sha256 = sha256,
): string {
  return encodeLogEntry({ h: encodeBase64(hash(content)), k: kind, s: controlPlaneKeyId, v: 1 });
}
