import { anyObject, choice, described, instant, integer, list, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type LedgerSchemaName =
  | "AnchorList"
  | "AuditEntries"
  | "AuditProof"
  | "ConsistencyProof"
  | "ErasedRun"
  | "Erasure"
  | "LedgerKeyId"
  | "LogAnchor"
  | "LedgerKeyList"
  | "LedgerKeyRotation"
  | "LogOrigin"
  | "NewReview"
  | "Review"
  | "ReviewList"
  | "Witness"
  | "WitnessKey"
  | "WitnessList"
  | "WitnessedLog"
  | "WitnessedLogs";

const WITNESSED_LOG = { origin: text, vkey: text, size: integer, root: text } as const;
const AUDIT_ENTRY = {
  orgId: text,
  auditId: text,
  salt: described("Keeps the published hash from being guessed.", text),
  at: instant,
  actor: text,
  "actors?": described("Agents that passed the call on, the nearest first.", list(text)),
  action: text,
  resource: text,
  outcome: choice("ok", "denied", "failed"),
  "from?": object({ "address?": text, "userAgent?": text, "door?": text, "requestId?": text }),
  "detail?": anyObject,
} as const;

const REVIEW = {
  reviewId: text,
  receiptId: text,
  taskId: text,
  approver: text,
  verdict: choice("approved", "rejected"),
  notes: described("`sha256:<hex>` of the notes.", text),
} as const;

/** Of the audit log, keys, witnesses and reviews. */
export const LEDGER_SCHEMAS: Readonly<Record<LedgerSchemaName, JsonSchema>> = {
  AnchorList: object({
    anchors: list(
      object({
        sink: text,
        size: integer,
        at: instant,
        checkpoint: described("The signed note that was anchored.", text),
        evidence: object({
          type: choice("rfc3161", "log", "file"),
          "time?": instant,
          "response?": described("The authority's whole answer: DER in base64.", text),
          "vkey?": described("The verifier key of the log that holds it.", text),
          "entry?": described("Its leaf there.", text),
          "proof?": described("C2SP tlog-proof of the leaf.", text),
        }),
      }),
    ),
  }),
  Erasure: object({ reason: described("Why; at most 2,000 characters, for the audit log.", text) }),
  ErasedRun: object({
    receiptId: text,
    taskId: text,
    events: described("Of the log, all of them erased.", integer),
    salts: described("`derived`: of a run from before salts had seeds of their own.", choice("erased", "derived")),
  }),
  LedgerKeyId: object({ keyId: text }),
  LogAnchor: object({
    entry: described("The leaf: its `h` is the hash of the checkpoint as it was sent.", text),
    proof: described("C2SP tlog-proof of the leaf.", text),
  }),
  LogOrigin: object({ origin: text }),
  NewReview: object({
    verdict: choice("approved", "rejected"),
    notes: described("Why; at most 2,000 characters. Only their hash is signed.", text),
  }),
  Review: object(REVIEW),
  ReviewList: object({
    reviews: list(
      object({
        ...REVIEW,
        at: instant,
        "authn?": object({ scheme: text, "iss?": text, "client_id?": text }),
        leafIndex: integer,
      }),
    ),
  }),
  Witness: object({ vkey: text, url: text }),
  WitnessKey: object({ vkey: text }),
  WitnessList: object({
    witnesses: list(object({ vkey: text, url: text })),
    witnessedSize: described("Entries below this are in a log that a witness has signed for.", integer),
  }),
  WitnessedLog: object(WITNESSED_LOG),
  WitnessedLogs: object({ vkey: text, logs: list(object(WITNESSED_LOG)) }),
  LedgerKeyRotation: object({
    role: choice("cp", "sa"),
    "agent?": described("Whose key, for `sa`.", text),
  }),
  LedgerKeyList: object({
    keys: list(
      object({
        keyId: text,
        role: choice("cp", "sa"),
        op: choice("issue", "rotate", "revoke"),
        "agentId?": text,
        publicKey: text,
        leafIndex: integer,
        at: instant,
        "by?": object({ role: choice("cp", "sa"), publicKey: text, signature: text }),
      }),
    ),
  }),
  ConsistencyProof: object({ proof: described("Hashes in base64.", list(text)) }),
  AuditEntries: object({
    entries: described("With `format=ocsf` OCSF events instead.", list(anyObject)),
    nextPageToken: text,
  }),
  AuditProof: object({
    type: text,
    entry: object(AUDIT_ENTRY),
    leaf: described("The log entry; its `h` is the hash of `entry` as canonical JSON.", text),
    proof: described("C2SP tlog-proof.", text),
    vkey: text,
  }),
};
