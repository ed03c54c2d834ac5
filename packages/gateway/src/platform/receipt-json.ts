import type { ReceiptRecord } from "./records.ts";

/** `witnessedSize`: entries below it are in a log that a witness has signed for. */
export function toReceiptJson(
  { receiptId, taskId, leafIndex, sealedAt, envelope }: ReceiptRecord,
  witnessedSize: number,
): object {
  const parsed: unknown = JSON.parse(envelope);
  const state = leafIndex < witnessedSize ? "witnessed" : "sealed";
  return { receiptId, taskId, leafIndex, sealedAt, state, envelope: parsed, statement: statementOf(parsed) };
}

/** What the envelope signs, readable. Only for people: a verifier reads the bytes in the envelope. */
function statementOf(envelope: unknown): unknown {
  if (typeof envelope !== "object" || envelope === null || !("payload" in envelope)) return null;
  if (typeof envelope.payload !== "string") return null;
  return JSON.parse(Buffer.from(envelope.payload, "base64").toString("utf8")) as unknown;
}
