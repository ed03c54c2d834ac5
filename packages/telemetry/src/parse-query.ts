import type { Operator, Query, Term } from "./query.ts";
import { QueryScanner } from "./query-scanner.ts";
import { checkField, readInstantUs } from "./query-fields.ts";
import { compileQueryPattern } from "./query-pattern.ts";
import { tokensOf } from "./tokens.ts";

export const MAX_QUERY_LENGTH = 2_000;
const MAX_TERMS = 32;
const MAX_VALUES = 32;
const FIELD = /^[A-Za-z_][A-Za-z0-9_.-]{0,255}:/;
const OPERATORS: readonly Operator[] = [">=", "<=", ">", "<"];

export interface QueryClock {
  /** What `since:15m` counts back from. */
  readonly nowUs: number;
}

/** @throws INVALID_PARAMS which says where and, where one is near, which field was meant. */
export function parseQuery(text: string, { nowUs }: QueryClock): Query {
  const scanner = new QueryScanner(text);
  if (text.length > MAX_QUERY_LENGTH) throw scanner.error(`A query has at most ${MAX_QUERY_LENGTH} characters.`);
  const terms: Term[] = [];
  const range: { sinceUs?: number; untilUs?: number } = {};
  while (scanner.skipSpace()) {
    const at = scanner.at;
    const negated = scanner.take("-");
    if (negated && scanner.isAtBreak()) throw scanner.error("There is nothing behind the -.", at);
    const field = fieldAhead(scanner);
    if (field === "since" || field === "until") {
      const key = field === "since" ? "sinceUs" : "untilUs";
      if (negated || range[key] !== undefined) throw scanner.error(`${field}: is said once, without -.`, at);
      scanner.skip(field.length + 1);
      range[key] = readInstantUs(scanner, nowUs);
    } else if (field === undefined) {
      terms.push(parseText(scanner, negated));
    } else {
      terms.push(parseField(scanner, negated, field));
    }
    if (terms.length > MAX_TERMS) throw scanner.error(`A query has at most ${MAX_TERMS} terms.`, at);
  }
  return { terms, ...range };
}

/** Undefined also for an address, which is text: `https://host`. */
function fieldAhead(scanner: QueryScanner): string | undefined {
  const [match] = FIELD.exec(scanner.ahead(258)) ?? [];
  if (match === undefined || scanner.ahead(match.length + 2).endsWith("://")) return undefined;
  return match.slice(0, -1);
}

function parseText(scanner: QueryScanner, negated: boolean): Term {
  const at = scanner.at;
  if (scanner.isAt("/")) {
    const source = scanner.delimited("/", "It is no regular expression without a / at its end.", {
      hint: 'Put a path in quotes: "/v1/agents".',
      keepEscapes: true,
    });
    compileQueryPattern(source, (problem) => scanner.error(`The regular expression is not understood: ${problem}`, at));
    return { type: "regex", negated, source };
  }
  if (scanner.isAt('"')) {
    const text = scanner.quoted();
    if (text === "") throw scanner.error("There is nothing between the quotes.", at);
    return { type: "text", negated, text, phrase: true };
  }
  const text = scanner.word();
  // A word without a letter or digit is in no index, but may be looked for as it stands: `-->`.
  return { type: "text", negated, text, phrase: tokensOf(text).length === 0 };
}

function parseField(scanner: QueryScanner, negated: boolean, field: string): Term {
  const at = scanner.at;
  scanner.skip(field.length + 1);
  const op = OPERATORS.find((operator) => scanner.take(operator)) ?? ":";
  const values: string[] = [];
  do {
    values.push(scanner.fieldValue());
    if (values.length > MAX_VALUES) throw scanner.error(`A field has at most ${MAX_VALUES} values.`, at);
  } while (scanner.take("|"));
  if (!scanner.isAtBreak()) throw scanner.error("A space belongs here.");
  return { type: "field", negated, field, op, values: checkField(scanner, { field, op, values, at }) };
}
