import { utf8 } from "./bytes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { isRecord, readArray, readInteger, readRecord, readString } from "./json-shape.ts";
import { LedgerError } from "./ledger-error.ts";
import { parseStatement } from "./statement-form.ts";
import type { Statement } from "./statement-form.ts";

export const RUN_RECEIPT_TYPE = "https://berth.dev/run-receipt/v1";

/** `interrupted`: the run was cut off and never got to say how it went. */
export type RunStatus = "completed" | "failed" | "canceled" | "rejected" | "interrupted";

/**
 * What one run was, as the platform saw it. Numbers are integers below 2^53, times RFC 3339 UTC, hashes `sha256:<hex>`.
 * What is not known is absent, never zero.
 */
export interface RunReceipt {
  readonly v: 1;
  /** The receipt's own id. */
  readonly receipt: string;
  /** 16 random bytes, base64url: the published hash of this statement cannot be guessed from its content. */
  readonly salt: string;
  /** Origin of the log the receipt stands in. */
  readonly log: string;
  /** Counts the agent's runs at acceptance, without gaps: a receipt that is withheld leaves a hole. */
  readonly agent_seq: number;
  readonly run: {
    readonly id: string;
    readonly task_id: string;
    readonly context_id: string;
    readonly skill?: string;
    /** By which the run was begun. */
    readonly protocol: string;
    /** Of all its turns, each once, in the order of first use. */
    readonly protocols?: readonly string[];
    readonly status: RunStatus;
    /** The platform's error reason, when it ended the run or the agent failed with one. */
    readonly reason?: string;
    readonly accepted_at: string;
    readonly completed_at: string;
    readonly elapsed_ms: number;
    /** How often the run was given to an instance. */
    readonly attempts?: number;
    /** By the agent's own account; the platform does not see what the agent calls. */
    readonly usage?: RunUsageClaim;
  };
  readonly agent: {
    readonly id: string;
    readonly name: string;
    readonly release: string;
    readonly version?: string;
    /** Digest of the release's content. */
    readonly image?: string;
    /** Hash of the JCS text of the agent's card. */
    readonly card?: string;
    /** RFC 7638 thumbprint of the service account's key. */
    readonly sa_key: string;
  };
  readonly caller: {
    readonly sub: string;
    readonly kind: string;
    readonly org: string;
    /** How the caller was verified. */
    readonly authn?: { readonly scheme: string; readonly iss?: string; readonly client_id?: string };
    /** Agents that passed the call on, the nearest first. */
    readonly act?: readonly string[];
  };
  /** Every grant the run held, in the order it got them; renewals and approvals have the one before as `prior_id`. */
  readonly grants?: readonly GrantClaim[];
  /** File operations that the workspace service did or denied. */
  readonly ops?: {
    readonly reads: number;
    readonly writes: number;
    readonly denied: number;
    readonly bytes_read: number;
    readonly bytes_written: number;
  };
  readonly io: { readonly input: string; readonly result: string };
  /** Number of events and the Merkle root over their salted leaves. */
  readonly events: { readonly n: number; readonly root: string };
  /** The journal of the general ledger that was posted with the end of the run. */
  readonly gl?: GlClaim;
}

export interface GlClaim {
  readonly journal: string;
  /** `sha256:<hex>` of the JCS text of what was posted. */
  readonly posting: string;
  /** Decimal text; "0" for a run that costs nothing. */
  readonly amount: string;
  readonly currency: string;
  /** Version of the price; absent when the agent has none. */
  readonly price?: string;
}

export interface RunUsageClaim {
  readonly input_tokens: number;
  readonly output_tokens: number;
  /** Millionths of a US dollar. */
  readonly cost_micros?: number;
  readonly models?: readonly string[];
}

export interface GrantClaim {
  readonly id: string;
  readonly prior_id?: string;
  /** Globs. */
  readonly read: readonly string[];
  /** A prefix. */
  readonly write?: string;
  readonly exp: string;
  /** The approval that made it, by whom and when; `reason` is the hash of what the agent gave as reason. */
  readonly approval?: string;
  readonly approved_by?: string;
  readonly approved_at?: string;
  readonly reason?: string;
}

export type RunReceiptStatement = Statement<RunReceipt>;

/** The bytes to sign: JCS. @throws LedgerError `json` for floats, lone surrogates and the like. */
export function encodeStatement(statement: RunReceiptStatement): Uint8Array {
  return utf8(canonicalJson(statement, { integersOnly: true }));
}

/**
 * Reads a receipt's payload: canonical bytes, and every required member of the right type. Members that a later version
 * adds are kept. @throws LedgerError `json` or `format`.
 */
export function parseRunReceipt(payload: Uint8Array): RunReceiptStatement {
  const statement = parseStatement(payload);
  if (statement.predicateType !== RUN_RECEIPT_TYPE) throw new LedgerError("format", "not a run receipt");
  checkPredicate(statement.predicate);
  // Every member that the type requires was checked above.
  return statement as unknown as RunReceiptStatement;
}

const STRINGS: Readonly<Record<string, readonly string[]>> = {
  run: ["id", "task_id", "context_id", "protocol", "status", "accepted_at", "completed_at"],
  agent: ["id", "name", "release", "sa_key"],
  caller: ["sub", "kind", "org"],
  io: ["input", "result"],
  events: ["root"],
};

function checkPredicate(predicate: { readonly [key: string]: unknown }): void {
  if (predicate["v"] !== 1) throw new LedgerError("format", "the receipt is of an unknown version");
  for (const key of ["receipt", "salt", "log"]) readString(predicate, key);
  readInteger(predicate, "agent_seq");
  for (const [part, keys] of Object.entries(STRINGS)) {
    const member = readRecord(predicate, part);
    for (const key of keys) readString(member, key);
  }
  const run = readRecord(predicate, "run");
  readInteger(run, "elapsed_ms");
  if (Object.hasOwn(run, "protocols") && readArray(run, "protocols", 100).some((name) => typeof name !== "string")) {
    throw new LedgerError("format", "a protocol is not a string");
  }
  if (Object.hasOwn(run, "usage")) checkUsage(readRecord(run, "usage"));
  readInteger(readRecord(predicate, "events"), "n");
  if (Object.hasOwn(predicate, "gl")) checkGl(readRecord(predicate, "gl"));
  if (Object.hasOwn(predicate, "grants")) checkGrants(readArray(predicate, "grants", 1_000));
  if (!Object.hasOwn(predicate, "ops")) return;
  const ops = readRecord(predicate, "ops");
  for (const key of ["reads", "writes", "denied", "bytes_read", "bytes_written"]) readInteger(ops, key);
}

function checkGl(gl: { readonly [key: string]: unknown }): void {
  for (const key of ["journal", "currency"]) readString(gl, key);
  if (!/^sha256:[0-9a-f]{64}$/.test(readString(gl, "posting"))) {
    throw new LedgerError("format", "the posting of a journal is not named by its hash");
  }
  if (!/^\d{1,15}(?:\.\d{0,5}[1-9])?$/.test(readString(gl, "amount"))) {
    throw new LedgerError("format", "the amount of a journal is not decimal text");
  }
  if (Object.hasOwn(gl, "price")) readString(gl, "price");
}

function checkGrants(grants: readonly unknown[]): void {
  for (const grant of grants) {
    if (!isRecord(grant)) throw new LedgerError("format", "a grant is not an object");
    readString(grant, "id");
    readString(grant, "exp");
    if (readArray(grant, "read", 1_000).some((glob) => typeof glob !== "string")) {
      throw new LedgerError("format", "a glob of a grant is not a string");
    }
  }
}

function checkUsage(usage: { readonly [key: string]: unknown }): void {
  for (const key of ["input_tokens", "output_tokens"]) readInteger(usage, key);
  if (Object.hasOwn(usage, "cost_micros")) readInteger(usage, "cost_micros");
  if (Object.hasOwn(usage, "models") && readArray(usage, "models", 100).some((name) => typeof name !== "string")) {
    throw new LedgerError("format", "a model is not a string");
  }
}
