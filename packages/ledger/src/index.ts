export {
  RUN_ADJUST_TYPE,
  RUN_EVAL_TYPE,
  RUN_REVIEW_TYPE,
  addendumKind,
  encodeAddendum,
  parseAddendum,
} from "./addendum.ts";
export type {
  AddendumKind,
  AddendumStatement,
  RunAdjust,
  RunAdjustStatement,
  RunEval,
  RunEvalStatement,
  RunReview,
  RunReviewStatement,
} from "./addendum.ts";
export { decodeBase64, decodeBase64Url, encodeBase64, encodeBase64Url } from "./base64.ts";
export { MAX_JSON_DEPTH, canonicalJson } from "./canonical-json.ts";
export type { CanonicalJsonOptions, JsonValue } from "./canonical-json.ts";
export { CheckpointMemory } from "./checkpoint-memory.ts";
export { parseCheckpointText, signCheckpoint, verifyCheckpoint } from "./checkpoint.ts";
export type { Checkpoint } from "./checkpoint.ts";
export { webCrypto } from "./crypto.ts";
export type { VerifierCrypto } from "./crypto.ts";
export { IN_TOTO_PAYLOAD_TYPE, formatEnvelope, pae, parseEnvelope, payloadOf, signEnvelope } from "./dsse.ts";
export type { DsseEnvelope, DsseSignature, KeyedSigner } from "./dsse.ts";
export { checkPublicKey, keyId, thumbprint, toJwk, verifyEd25519 } from "./ed25519.ts";
export type { Ed25519Jwk, KeyRole, Signer } from "./ed25519.ts";
export { parseEventChoice } from "./event-ranges.ts";
export type { EventChoice } from "./event-ranges.ts";
export { EVENT_SALT_BYTES, eventLeafHash } from "./event-leaf.ts";
export { equalBytes } from "./bytes.ts";
export { LedgerError } from "./ledger-error.ts";
export type { LedgerCheckName } from "./ledger-error.ts";
export {
  cosign,
  findCosignature,
  formatWitnessKey,
  parseWitnessKey,
  verifyWitnesses,
  witnessKey,
} from "./cosignature.ts";
export type { Cosignature, WitnessKey, WitnessPolicy, WitnessedBy } from "./cosignature.ts";
export { verifyLogAnchor } from "./log-anchor.ts";
export type { AnchoredAt, LogAnchor } from "./log-anchor.ts";
export { contentEntry, encodeLogEntry, receiptEntry } from "./log-entry.ts";
export type { LogEntry, LogEntryKind } from "./log-entry.ts";
export {
  KEY_ANNOUNCEMENT_TYPE,
  encodeKeyAnnouncement,
  keyEntry,
  verifyKeyVoucher,
  vouchForKey,
} from "./key-announcement.ts";
export type { AnnouncedKey, KeyAnnouncement, KeyVoucher, VouchedOperation } from "./key-announcement.ts";
export { emptyRoot, leafHash, nodeHash } from "./merkle-hash.ts";
export { consistencyProof, inclusionProof, treeRoot } from "./merkle-proof.ts";
export type { SubtreeReader } from "./merkle-proof.ts";
export { MerkleFrontier, merkleRoot } from "./merkle-tree.ts";
export { verifyConsistency, verifyInclusion } from "./merkle-verify.ts";
export type { ConsistencyClaim, InclusionClaim } from "./merkle-verify.ts";
export { BUNDLE_MEDIA_TYPE, BUNDLE_TYPE, MAX_BUNDLE_LENGTH, formatBundle, parseBundle } from "./receipt-bundle.ts";
export type {
  BundleAddendum,
  BundleEvent,
  BundleKey,
  BundleParts,
  LogPosition,
  ReceiptBundle,
} from "./receipt-bundle.ts";
export { sha256 } from "./sha256.ts";
export type { Sha256 } from "./sha256.ts";
export { formatVerifierKey, noteKey, parseVerifierKey, signNote, verifyNote } from "./signed-note.ts";
export type { NoteKey } from "./signed-note.ts";
export { RUN_RECEIPT_TYPE, encodeStatement, parseRunReceipt } from "./statement.ts";
export type { GlClaim, GrantClaim, RunReceipt, RunReceiptStatement, RunStatus, RunUsageClaim } from "./statement.ts";
export { STATEMENT_TYPE } from "./statement-form.ts";
export type { Statement, Subject } from "./statement-form.ts";
export { portableCrypto } from "./portable-ed25519.ts";
export { redactBundle } from "./redact-bundle.ts";
export type { KeepEvents } from "./redact-bundle.ts";
export { parseCanonicalJson, parseStrictJson } from "./strict-json.ts";
export { TILE_WIDTH, decodeEntryBundle, encodeEntryBundle, parseTilePath, tilePath } from "./tlog-tiles.ts";
export type { TileCoordinate } from "./tlog-tiles.ts";
export { formatTlogProof, parseTlogProof } from "./tlog-proof.ts";
export type { TlogProof } from "./tlog-proof.ts";
export { formatPublishedKeys, parseTrustPolicy } from "./trust-policy.ts";
export type { PublishedKeys, TrustPolicy } from "./trust-policy.ts";
export { verifyAuditProof } from "./verify-audit-proof.ts";
export type { VerifiedAuditProof } from "./verify-audit-proof.ts";
export { verifyBundle } from "./verify-bundle.ts";
export type { VerifiedReceipt, VerifyOptions } from "./verify-bundle.ts";
export type { VerifiedAddendum } from "./verify-addenda.ts";
export { controlPlaneKeysIn, verifyProvenance } from "./verify-provenance.ts";
export type { ProvenanceOptions, VerifiedProvenance } from "./verify-provenance.ts";
export { verifyTiles } from "./verify-tiles.ts";
export type { TileReader } from "./verify-tiles.ts";
