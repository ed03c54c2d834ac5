import type { JsonValue, LedgerCheckName, RunReceiptStatement } from "@berth/ledger";
import type { Verdict } from "./verify-steps.ts";

/** What the page asks the worker; `trust` is a `/ledger/keys` document that this browser keeps. */
export type VerifyAsk =
  | { readonly kind: "bundle"; readonly text: string; readonly trust?: string }
  | { readonly kind: "many"; readonly texts: readonly string[]; readonly trust?: string }
  | { readonly kind: "audit"; readonly text: string; readonly trust?: string }
  | {
      readonly kind: "growth";
      readonly vkey: string;
      readonly from?: string;
      readonly to: string;
      readonly proof: readonly string[];
    };

export interface BundleVerdict extends Verdict {
  readonly kind: "bundle";
  readonly engine: string;
  readonly ms: number;
  /** Of what holds. */
  readonly receipt?: VerifiedSummary;
}

export interface VerifiedSummary {
  readonly statement: RunReceiptStatement;
  readonly contentHash: string;
  readonly signedBy: { readonly serviceAccount: string; readonly controlPlane: string };
  readonly log: { readonly origin: string; readonly size: number; readonly index: number };
  readonly events: {
    readonly total: number;
    readonly disclosed: number;
    readonly shown: readonly { readonly seq: number; readonly event: JsonValue }[];
  };
  readonly addenda: readonly VerifiedAddendumSummary[];
}

export interface VerifiedAddendumSummary {
  readonly kind: "eval" | "review" | "adjust";
  readonly index: number;
  readonly signedBy: string;
  readonly predicate: JsonValue;
}

export interface ManyVerdict {
  readonly kind: "many";
  readonly engine: string;
  /** So many judged a part each. */
  readonly workers: number;
  readonly ms: number;
  readonly total: number;
  readonly held: number;
  /** The first few, by their place. */
  readonly failures: readonly { readonly at: number; readonly check: LedgerCheckName; readonly message: string }[];
}

export interface AuditVerdict {
  readonly kind: "audit";
  readonly engine: string;
  readonly problem?: string;
  readonly entry?: { readonly [key: string]: JsonValue };
  readonly index?: number;
  readonly size?: number;
  readonly origin?: string;
  readonly isTrusted: boolean;
}

export interface GrowthVerdict {
  readonly kind: "growth";
  readonly engine: string;
  readonly problem?: string;
  readonly origin?: string;
  readonly size?: number;
  readonly fromSize?: number;
}

export type VerifyAnswer = BundleVerdict | ManyVerdict | AuditVerdict | GrowthVerdict;
export type AnswerTo<Ask extends VerifyAsk> = Extract<VerifyAnswer, { readonly kind: Ask["kind"] }>;
