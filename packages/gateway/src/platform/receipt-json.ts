import type { ReceiptRecord } from "./records.ts";

export function toReceiptJson({ receiptId, taskId, leafIndex, sealedAt, envelope }: ReceiptRecord): object {
  const parsed: unknown = JSON.parse(envelope);
  return { receiptId, taskId, leafIndex, sealedAt, envelope: parsed, statement: statementOf(parsed) };
}

/** What the envelope signs, readable. Only for people: a verifier reads the bytes in the envelope. */
function statementOf(envelope: unknown): unknown {
  if (typeof envelope !== "object" || envelope === null || !("payload" in envelope)) return null;
  if (typeof envelope.payload !== "string") return null;
  return JSON.parse(Buffer.from(envelope.payload, "base64").toString("utf8")) as unknown;
}
