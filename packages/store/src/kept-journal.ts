import { PlatformError } from "@berth/protocol";
import { toInstant } from "./instant.ts";
import type { JournalRecord, RunJournal } from "./journal-store.ts";
import { requireStorableText } from "./storable-text.ts";

/** A run that costs nothing. */
export function freeJournal(at: string): RunJournal {
  return { at, currency: "USD", amountMicros: 0, elapsedMs: 0, inputTokens: 0, outputTokens: 0, lines: [] };
}

/** As it is kept. A journal that does not balance is a bug, caught before anything is written. @throws INVALID_PARAMS */
export function keptJournal<J extends RunJournal>(journal: J): J {
  const { lines, amountMicros, agentName, skill, price, currency } = journal;
  requireStorableText({ agentName, skill, price, currency });
  const texts = [modelsText(journal) ?? "", ...lines.map(({ account }) => account)];
  if (!texts.every(isPlainText)) throw new Error("the texts of a journal are well-formed and without NUL");
  const counts = [amountMicros, journal.elapsedMs, journal.inputTokens, journal.outputTokens];
  if (!counts.every(Number.isSafeInteger)) throw new Error("a journal counts in whole numbers below 2^53");
  if (!balances(journal)) throw new Error("the lines of a journal must balance and make its amount");
  return { ...journal, at: toInstant(journal.at) };
}

function isPlainText(text: string): boolean {
  return text.isWellFormed() && !text.includes("\u0000");
}

/** Debits and credits are equal, and each is the amount. */
export function balances({ lines, amountMicros }: Pick<RunJournal, "lines" | "amountMicros">): boolean {
  const debits = lines.filter((line) => line.amountMicros > 0).reduce((sum, line) => sum + line.amountMicros, 0);
  const sum = lines.reduce((total, line) => total + line.amountMicros, 0);
  return sum === 0 && debits === Math.abs(amountMicros);
}

/** The one spelling in which models are stored and grouped. */
export function modelsText({ models }: Pick<RunJournal, "models">): string | undefined {
  return models === undefined || models.length === 0 ? undefined : JSON.stringify(models);
}

export function refundConflict({ taskId }: Pick<JournalRecord, "taskId">, cause?: unknown): PlatformError {
  return new PlatformError("STORE_CONFLICT", `The journals of task ${taskId} have changed.`, { cause });
}
