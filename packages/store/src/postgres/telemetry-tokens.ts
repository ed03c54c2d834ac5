import { LOG_LEVELS, levelOf, spanText, tokensOf } from "@berth/telemetry";
import type { LogRecord, SpanRecord, SpanSummary } from "@berth/telemetry";

/**
 * What the `tokens` column holds: the words of the text, and marks of what is often asked for. Words are letters and
 * digits, so a mark, which begins with `@`, is none. Marks only narrow a search: what they find is compared with the columns.
 */
export const Mark = {
  Organization: "@@",
  Agent: "@a",
  Instance: "@i",
  Task: "@t",
  Trace: "@r",
  Level: "@l",
  Kind: "@k",
  Tool: "@o",
  Model: "@m",
  Status: "@s",
} as const;
export type Mark = (typeof Mark)[keyof typeof Mark];

/** On a text of which the index may know only the beginning. */
export const LONG_TEXT = "@+";
/** Less than `tokensOf` stops at. */
const LONG_TEXT_LENGTH = 8_192;
const LONG_TEXT_TOKENS = 128;
/** From here on levels are rare enough to be looked up. */
export const FIRST_MARKED_LEVEL: number = LOG_LEVELS.indexOf("warn");

const SEPARATOR = "\u001F";

export function markOf(mark: Mark, value: string): string {
  return `${mark}${value.replaceAll(SEPARATOR, " ")}`;
}

/** Joined, because a list of lists is no parameter of a statement; see `splitTokens`. */
export function logTokens(orgId: string, log: LogRecord): string {
  const level = LOG_LEVELS.indexOf(levelOf(log.severity));
  return join(orgId, log.body, [
    [Mark.Agent, log.agent],
    [Mark.Instance, log.instanceId],
    [Mark.Task, log.taskId],
    [Mark.Trace, log.traceId],
    [Mark.Level, level < FIRST_MARKED_LEVEL ? undefined : String(level)],
  ]);
}

export function spanTokens(orgId: string, span: SpanRecord, view: SpanSummary): string {
  return join(orgId, spanText(span), [
    [Mark.Agent, span.agent],
    [Mark.Kind, view.kind],
    [Mark.Tool, view.toolName],
    [Mark.Model, view.model],
    [Mark.Status, span.status === "error" ? "error" : undefined],
  ]);
}

function join(orgId: string, text: string, marks: readonly (readonly [Mark, string | undefined])[]): string {
  const words = tokensOf(text);
  const isLong = text.length > LONG_TEXT_LENGTH || words.length > LONG_TEXT_TOKENS;
  const marked = marks.flatMap(([mark, value]) => (value === undefined ? [] : [markOf(mark, value)]));
  return [markOf(Mark.Organization, orgId), ...marked, ...(isLong ? [LONG_TEXT] : []), ...words].join(SEPARATOR);
}

/**
 * Words of a phrase that every text with the phrase has among its tokens: the phrase itself shows where they begin and end.
 * Only of ASCII, where folding changes nothing about that.
 */
export function wordsInside(phrase: string): readonly string[] {
  const words = [
    ...phrase.matchAll(/(?<=[\0-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f])[a-z0-9]+(?=[\0-\x2f\x3a-\x40\x5b-\x60\x7b-\x7f])/gi),
  ];
  return words.flatMap(([word]) => tokensOf(word));
}
