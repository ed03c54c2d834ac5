export { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "./base64.ts";
export { MAX_JSON_DEPTH, canonicalJson } from "./canonical-json.ts";
export type { CanonicalJsonOptions, JsonValue } from "./canonical-json.ts";
export { parseCheckpointText, signCheckpoint, verifyCheckpoint } from "./checkpoint.ts";
export type { Checkpoint } from "./checkpoint.ts";
export { IN_TOTO_PAYLOAD_TYPE, formatEnvelope, pae, parseEnvelope, payloadOf, signEnvelope } from "./dsse.ts";
export type { DsseEnvelope, DsseSignature, KeyedSigner } from "./dsse.ts";
export { checkPublicKey, keyId, thumbprint, toJwk, verifyEd25519 } from "./ed25519.ts";
export type { Ed25519Jwk, KeyRole, Signer } from "./ed25519.ts";
export { EVENT_SALT_BYTES, eventLeafHash } from "./event-leaf.ts";
export { equalBytes } from "./bytes.ts";
export { LedgerError } from "./ledger-error.ts";
export type { LedgerCheckName } from "./ledger-error.ts";
export { encodeLogEntry, keyEntry, receiptEntry } from "./log-entry.ts";
export type { AnnouncedKey, KeyAnnouncement, LogEntry } from "./log-entry.ts";
export { emptyRoot, leafHash, nodeHash } from "./merkle-hash.ts";
export { consistencyProof, inclusionProof, treeRoot } from "./merkle-proof.ts";
export type { SubtreeReader } from "./merkle-proof.ts";
export { MerkleFrontier, merkleRoot } from "./merkle-tree.ts";
export { verifyConsistency, verifyInclusion } from "./merkle-verify.ts";
export type { ConsistencyClaim, InclusionClaim } from "./merkle-verify.ts";
export { BUNDLE_MEDIA_TYPE, BUNDLE_TYPE, MAX_BUNDLE_LENGTH, formatBundle, parseBundle } from "./receipt-bundle.ts";
export type { BundleEvent, BundleKey, BundleParts, LogPosition, ReceiptBundle } from "./receipt-bundle.ts";
export { sha256 } from "./sha256.ts";
export type { Sha256 } from "./sha256.ts";
export { formatVerifierKey, noteKey, parseVerifierKey, signNote, verifyNote } from "./signed-note.ts";
export type { NoteKey } from "./signed-note.ts";
export { RUN_RECEIPT_TYPE, STATEMENT_TYPE, encodeStatement, parseRunReceipt } from "./statement.ts";
export type {
  GrantClaim,
  RunReceipt,
  RunReceiptStatement,
  RunStatus,
  RunUsageClaim,
  Statement,
  Subject,
} from "./statement.ts";
export { parseCanonicalJson, parseStrictJson } from "./strict-json.ts";
export { TILE_WIDTH, decodeEntryBundle, encodeEntryBundle, parseTilePath, tilePath } from "./tlog-tiles.ts";
export type { TileCoordinate } from "./tlog-tiles.ts";
export { formatTlogProof, parseTlogProof } from "./tlog-proof.ts";
export type { TlogProof } from "./tlog-proof.ts";
export { formatPublishedKeys, parseTrustPolicy } from "./trust-policy.ts";
export type { PublishedKeys, TrustPolicy } from "./trust-policy.ts";
export { verifyBundle } from "./verify-bundle.ts";
export type { VerifiedReceipt } from "./verify-bundle.ts";
