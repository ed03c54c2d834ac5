import { fromUtf8 } from "./bytes.ts";
import { isRecord, readArray, readRecord, readString } from "./json-shape.ts";
import { LedgerError } from "./ledger-error.ts";
import { parseCanonicalJson } from "./strict-json.ts";

export const STATEMENT_TYPE = "https://in-toto.io/Statement/v1";

/** in-toto attestation Statement v1. */
export interface Statement<Predicate, Type extends string = string> {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly Subject[];
  readonly predicateType: Type;
  readonly predicate: Predicate;
}

export interface Subject {
  readonly name: string;
  readonly digest: { readonly sha256: string };
}

/** Canonical bytes of a statement whose subjects have a SHA-256; its predicate is not looked at. @throws LedgerError. */
export function parseStatement(payload: Uint8Array): Statement<{ readonly [key: string]: unknown }> {
  const text = fromUtf8(payload);
  if (text === undefined) throw new LedgerError("json", "the payload is not UTF-8");
  const value = parseCanonicalJson(text, { integersOnly: true });
  if (!isRecord(value) || value["_type"] !== STATEMENT_TYPE) {
    throw new LedgerError("format", "not an in-toto statement");
  }
  const subjects = readArray(value, "subject", 1_000_000);
  if (subjects.length === 0) throw new LedgerError("format", "a statement has at least one subject");
  for (const subject of subjects) {
    if (!isRecord(subject)) throw new LedgerError("format", "a subject is not an object");
    readString(subject, "name");
    if (!/^[0-9a-f]{64}$/.test(readString(readRecord(subject, "digest"), "sha256"))) {
      throw new LedgerError("format", "a subject's digest is not SHA-256 in hex");
    }
  }
  readString(value, "predicateType");
  readRecord(value, "predicate");
  // Every member that the type requires was checked above.
  return value as unknown as Statement<{ readonly [key: string]: unknown }>;
}
