import type { JournalLine, JournalRecord, JournalSum } from "../journal-store.ts";
import type { JournalsTable } from "./journal-schema.ts";

/** The columns of a journal with its lines as JSON text, as `WITH_LINES` reads them. */
export type JournalRow = JournalsTable & { readonly lines: string | null };

export function toJournalRecord(row: JournalRow): JournalRecord {
  return {
    orgId: row.org_id,
    taskId: row.task_id,
    entry: row.entry,
    at: row.at,
    agentId: row.agent_id,
    releaseId: row.release_id,
    principalId: row.principal_id,
    ...(row.agent_name === null ? {} : { agentName: row.agent_name }),
    ...(row.skill === null ? {} : { skill: row.skill }),
    // The text was made from names by `modelsText`.
    ...(row.models === null ? {} : { models: JSON.parse(row.models) as readonly string[] }),
    ...(row.price === null ? {} : { price: row.price }),
    currency: row.currency,
    amountMicros: row.amount_micros,
    elapsedMs: row.elapsed_ms,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    // The server made the text of this shape.
    lines: row.lines === null ? [] : (JSON.parse(row.lines) as readonly JournalLine[]),
    ...(row.reason === null ? {} : { reason: row.reason }),
    ...(row.made_by === null ? {} : { madeBy: row.made_by }),
  };
}

/** Sums come as text: they may be more than a number holds. */
export interface SumRow {
  readonly key: readonly string[];
  readonly agent_name: string | null;
  readonly calls: string;
  readonly elapsed_ms: string;
  readonly input_tokens: string;
  readonly output_tokens: string;
  readonly charged: string;
  readonly refunded: string;
}

export function toJournalSum(row: SumRow, named: boolean): JournalSum {
  return {
    key: row.key,
    ...(named && row.agent_name !== null ? { agentName: row.agent_name } : {}),
    calls: BigInt(row.calls),
    elapsedMs: BigInt(row.elapsed_ms),
    inputTokens: BigInt(row.input_tokens),
    outputTokens: BigInt(row.output_tokens),
    chargedMicros: BigInt(row.charged),
    refundedMicros: BigInt(row.refunded),
  };
}
