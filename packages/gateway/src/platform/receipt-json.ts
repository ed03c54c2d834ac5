import type { AddendumRecord, ReceiptRecord } from "./records.ts";

/** `witnessedSize`: entries below it are in a log that a witness has signed for. */
export function toReceiptJson(
  { receiptId, taskId, leafIndex, sealedAt, envelope, eventSeed }: ReceiptRecord,
  witnessedSize: number,
): object {
  const parsed: unknown = JSON.parse(envelope);
  const state = leafIndex < witnessedSize ? "witnessed" : "sealed";
  const erased = eventSeed === "" ? { erased: true } : {};
  return { receiptId, taskId, leafIndex, sealedAt, state, ...erased, envelope: parsed, statement: statementOf(parsed) };
}

interface SignedRun {
  readonly agent: { readonly id: string; readonly name: string };
  readonly agent_seq: number;
  readonly run: { readonly accepted_at: string; readonly completed_at: string };
}

/** In a list: whose run it was and when it ended, from what is signed. */
export function toReceiptLine({ receiptId, taskId, leafIndex, sealedAt, envelope }: ReceiptRecord): object {
  // The sealer wrote it, and reads back what it signs before it does.
  const { predicate } = statementOf(JSON.parse(envelope)) as { readonly predicate: SignedRun };
  const { agent, agent_seq: agentSeq, run } = predicate;
  return {
    receiptId,
    taskId,
    leafIndex,
    sealedAt,
    agent: agent.name,
    agentId: agent.id,
    agentSeq,
    acceptedAt: run.accepted_at,
    completedAt: run.completed_at,
  };
}

/** With what it signs, readable. */
export function toAddendumJson({ addendumId, kind, leafIndex, sealedAt, envelope }: AddendumRecord): object {
  return { addendumId, kind, leafIndex, sealedAt, statement: statementOf(JSON.parse(envelope)) };
}

/** What the envelope signs, readable. Only for people: a verifier reads the bytes in the envelope. */
function statementOf(envelope: unknown): unknown {
  if (typeof envelope !== "object" || envelope === null || !("payload" in envelope)) return null;
  if (typeof envelope.payload !== "string") return null;
  return JSON.parse(Buffer.from(envelope.payload, "base64").toString("utf8")) as unknown;
}
