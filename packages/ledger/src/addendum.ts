import { utf8 } from "./bytes.ts";
import { canonicalJson } from "./canonical-json.ts";
import { isRecord, readArray, readRecord, readString } from "./json-shape.ts";
import { LedgerError } from "./ledger-error.ts";
import { parseStatement } from "./statement-form.ts";
import type { Statement } from "./statement-form.ts";

export const RUN_EVAL_TYPE = "https://berth.dev/run-eval/v1";
export const RUN_REVIEW_TYPE = "https://berth.dev/run-review/v1";
export const RUN_ADJUST_TYPE = "https://berth.dev/run-adjust/v1";

/** What is said of a run after its receipt was sealed. A receipt never changes; an addendum is a leaf of its own. */
interface AddendumPart {
  readonly v: 1;
  /** The addendum's own id. */
  readonly addendum: string;
  /** 16 random bytes, base64url, as in a receipt. */
  readonly salt: string;
  /** Origin of the log; the receipt's own. */
  readonly log: string;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
}

/** An evaluation scored the run. */
export interface RunEval extends AddendumPart {
  readonly suite: string;
  /** `sha256:<hex>` of the rubric's text. */
  readonly rubric: string;
  /** A decimal, as text: signed numbers have no fractions. */
  readonly score: string;
  readonly passed: boolean;
  readonly failures: readonly { readonly case: string; readonly reason: string }[];
}

/** A person signed the run off, or refused to. */
export interface RunReview extends AddendumPart {
  readonly approver: string;
  readonly verdict: "approved" | "rejected";
  /** `sha256:<hex>`; the notes stay with the platform. */
  readonly notes: string;
  /** How the approver was verified. */
  readonly authn?: { readonly scheme: string; readonly iss?: string; readonly client_id?: string };
}

/** Money of the run moved afterwards: a refund, or a correction. */
export interface RunAdjust extends AddendumPart {
  /** A decimal, as text; negative gives money back to the caller. */
  readonly amount: string;
  readonly currency: string;
  /** The reversing journal. */
  readonly journal: string;
  readonly by: string;
  /** `sha256:<hex>`. */
  readonly reason: string;
}

export type RunEvalStatement = Statement<RunEval, typeof RUN_EVAL_TYPE>;
export type RunReviewStatement = Statement<RunReview, typeof RUN_REVIEW_TYPE>;
export type RunAdjustStatement = Statement<RunAdjust, typeof RUN_ADJUST_TYPE>;
/** Its one subject is the receipt: name is the receipt's id, digest the SHA-256 of the receipt's payload. */
export type AddendumStatement = RunEvalStatement | RunReviewStatement | RunAdjustStatement;

/** Kind of the log entry that an addendum has. */
export type AddendumKind = "eval" | "review" | "adjust";

export function addendumKind({ predicateType }: AddendumStatement): AddendumKind {
  return KINDS[predicateType];
}

/** The bytes to sign: JCS. @throws LedgerError `json` or `format` when it is not what `parseAddendum` reads. */
export function encodeAddendum(statement: AddendumStatement): Uint8Array {
  const payload = utf8(canonicalJson(statement, { integersOnly: true }));
  parseAddendum(payload);
  return payload;
}

/** Reads an addendum's payload. Members that a later version adds are kept. @throws LedgerError `json` or `format`. */
export function parseAddendum(payload: Uint8Array): AddendumStatement {
  const statement = parseStatement(payload);
  if (!Object.hasOwn(KINDS, statement.predicateType)) throw new LedgerError("format", "not an addendum to a receipt");
  if (statement.subject.length !== 1) throw new LedgerError("format", "an addendum has one subject, the receipt");
  const { predicate } = statement;
  if (predicate["v"] !== 1) throw new LedgerError("format", "the addendum is of an unknown version");
  for (const key of ["addendum", "salt", "log"]) readString(predicate, key);
  readText(predicate, "at", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/, "a time");
  // The type is a key of KINDS.
  CHECKS[statement.predicateType as AddendumStatement["predicateType"]](predicate);
  // Every member that the type requires was checked above.
  return statement as unknown as AddendumStatement;
}

type Predicate = { readonly [key: string]: unknown };
type ByType<T> = Readonly<Record<AddendumStatement["predicateType"], T>>;

const KINDS: ByType<AddendumKind> = {
  [RUN_EVAL_TYPE]: "eval",
  [RUN_REVIEW_TYPE]: "review",
  [RUN_ADJUST_TYPE]: "adjust",
};
const CHECKS: ByType<(predicate: Predicate) => void> = {
  [RUN_EVAL_TYPE]: checkEval,
  [RUN_REVIEW_TYPE]: checkReview,
  [RUN_ADJUST_TYPE]: checkAdjust,
};

const DECIMAL = /^(?!-0(\.0*)?$)-?(0|[1-9]\d{0,14})(\.\d{1,12})?$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const MAX_FAILURES = 1_000;

function checkEval(predicate: Predicate): void {
  readString(predicate, "suite");
  readText(predicate, "rubric", DIGEST, "a hash");
  readText(predicate, "score", DECIMAL, "a decimal");
  if (typeof predicate["passed"] !== "boolean") throw new LedgerError("format", '"passed" is neither true nor false');
  for (const failure of readArray(predicate, "failures", MAX_FAILURES)) {
    if (!isRecord(failure)) throw new LedgerError("format", "a failure is not an object");
    readString(failure, "case");
    readString(failure, "reason");
  }
}

function checkReview(predicate: Predicate): void {
  readString(predicate, "approver");
  readText(predicate, "verdict", /^(approved|rejected)$/, "a verdict");
  readText(predicate, "notes", DIGEST, "a hash");
  if (Object.hasOwn(predicate, "authn")) readString(readRecord(predicate, "authn"), "scheme");
}

function checkAdjust(predicate: Predicate): void {
  readText(predicate, "amount", DECIMAL, "a decimal");
  readText(predicate, "currency", /^[A-Z]{3}$/, "a currency");
  readString(predicate, "journal");
  readString(predicate, "by");
  readText(predicate, "reason", DIGEST, "a hash");
}

function readText(from: Predicate, key: string, form: RegExp, what: string): void {
  if (!form.test(readString(from, key))) throw new LedgerError("format", `${JSON.stringify(key)} is not ${what}`);
}
