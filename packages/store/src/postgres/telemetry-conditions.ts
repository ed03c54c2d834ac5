import { LOG_LEVELS, fieldValueOf, queryNumber, tokensOf } from "@berth/telemetry";
import type { Operator, Query, Term } from "@berth/telemetry";
import { sql } from "kysely";
import type { RawBuilder, SqlBool } from "kysely";
import { FIRST_MARKED_LEVEL, LONG_TEXT, Mark, markOf, wordsInside } from "./telemetry-tokens.ts";

export type Condition = RawBuilder<SqlBool>;

/** How a field of a query stands in a table. */
export type FieldColumn =
  | {
      readonly type: "text";
      readonly column: RawBuilder<unknown>;
      readonly mark?: Mark;
      /** The table has an index that begins with it. */
      readonly isIndexed?: boolean;
    }
  | { readonly type: "number"; readonly value: RawBuilder<unknown> }
  /** Place in LOG_LEVELS. */
  | { readonly type: "level"; readonly value: RawBuilder<unknown>; readonly mark?: Mark }
  /** The first of these that is there. */
  | { readonly type: "json"; readonly sources: readonly JsonSource[] };

interface JsonSource {
  readonly column: RawBuilder<unknown>;
  readonly key: string;
}

export interface TelemetryColumns {
  readonly at: RawBuilder<unknown>;
  readonly text: RawBuilder<unknown>;
  /** Undefined: such records do not have it. */
  field(name: string): FieldColumn | undefined;
}

export interface SqlQuery {
  /** Holds for every record that matches. */
  readonly where: Condition;
  /** And for no other. Otherwise what is found is matched once more here. */
  readonly isExact: boolean;
  /** Of each list, one is among the tokens of every record that matches. */
  readonly narrowing: readonly (readonly string[])[];
  /** There is a better index than that of the tokens. */
  readonly isIndexed: boolean;
}

interface TermCondition {
  /** Absent: says nothing. Never null in SQL, so that `not` can be put before it. */
  readonly where?: Condition;
  readonly isExact: boolean;
  readonly narrowing?: readonly (readonly string[])[];
  readonly isIndexed?: boolean;
}

const NEVER: TermCondition = { where: sql`false`, isExact: true };
const UNKNOWN: TermCondition = { isExact: false };

/** The query as a condition, without its times. */
export function toSqlQuery(query: Query, columns: TelemetryColumns): SqlQuery {
  const terms = query.terms.map((term) => {
    const positive = toCondition(term, columns);
    if (!term.negated) return positive;
    const { where, isExact } = positive;
    return where === undefined || !isExact ? UNKNOWN : { where: sql<SqlBool>`not (${where})`, isExact };
  });
  return {
    where: allOf(terms.flatMap(({ where }) => where ?? [])),
    isExact: terms.every(({ isExact }) => isExact),
    narrowing: terms.flatMap(({ narrowing }) => narrowing ?? []),
    isIndexed: terms.some(({ isIndexed }) => isIndexed === true),
  };
}

export function allOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? sql`true` : sql`(${sql.join(conditions, sql` and `)})`;
}

function anyOf(conditions: readonly Condition[]): Condition {
  return conditions.length === 0 ? sql`false` : sql`(${sql.join(conditions, sql` or `)})`;
}

/** The condition that an index on `tokens` answers. */
export function toTokenCondition(orgId: string, narrowing: readonly (readonly string[])[]): Condition {
  const each = narrowing.flatMap((list) => (list.length === 1 ? list : []));
  const all = [markOf(Mark.Organization, orgId), ...each];
  const some = narrowing.filter((list) => list.length !== 1);
  return allOf([sql`tokens @> ${all}::text[]`, ...some.map((list): Condition => sql`tokens && ${[...list]}::text[]`)]);
}

/**
 * The same for a statement that is to begin with that index: what other indexes hold is only in expressions, plus nothing.
 * On a day that nobody has analyzed yet the planner would take all the others for better.
 */
export function onlyByTokens(orgId: string, narrowing: readonly (readonly string[])[]): Condition {
  return allOf([sql`org_id || '' = ${orgId}`, toTokenCondition(orgId, narrowing)]);
}

function toCondition(term: Term, columns: TelemetryColumns): TermCondition {
  if (term.type === "regex") return UNKNOWN;
  if (term.type === "text") return term.phrase ? phraseCondition(term.text, columns) : wordsCondition(term.text);
  const column = columns.field(term.field);
  if (column === undefined) return NEVER;
  return term.op === ":" ? equality(column, term.values) : comparison(column, term);
}

function wordsCondition(text: string): TermCondition {
  const words = tokensOf(text);
  if (words.length === 0) return { isExact: true, where: sql`true` };
  return { where: sql`tokens @> ${[...words]}::text[]`, isExact: true, narrowing: words.map((word) => [word]) };
}

function phraseCondition(text: string, columns: TelemetryColumns): TermCondition {
  if (text.includes("\u0000")) return NEVER;
  // Half a character is found by JavaScript inside of a whole one, and cannot be said in SQL.
  if (!text.isWellFormed()) return UNKNOWN;
  return {
    where: sql`strpos(${columns.text}, ${text}) > 0`,
    isExact: true,
    narrowing: wordsInside(text).map((word) => [word, LONG_TEXT]),
  };
}

function equality(column: FieldColumn, values: readonly string[]): TermCondition {
  const wanted = values.map(fieldValueOf).filter(({ text }) => !text.includes("\u0000"));
  if (!wanted.every(({ text }) => text.isWellFormed())) return UNKNOWN;
  const prefixes = wanted.filter(({ isPrefix }) => isPrefix).map(({ text }) => text);
  const texts = wanted.filter(({ isPrefix }) => !isPrefix).map(({ text }) => text);
  if (column.type === "level") {
    const isWanted = (level: string): boolean =>
      texts.includes(level) || prefixes.some((prefix) => level.startsWith(prefix));
    return levels(column, LOG_LEVELS.map(isWanted));
  }
  if (column.type === "number") return { where: sql`${column.value} is not null`, isExact: false };
  return column.type === "json"
    ? jsonEquality(column.sources, { texts, prefixes })
    : textEquality(column, { texts, prefixes });
}

/** The values of `field:a|b*`. */
interface Wanted {
  readonly texts: readonly string[];
  readonly prefixes: readonly string[];
}

function textEquality(
  { column, mark, isIndexed = false }: Extract<FieldColumn, { readonly type: "text" }>,
  { texts, prefixes }: Wanted,
): TermCondition {
  const isOne = sql<SqlBool>`${column} = any(${texts}::text[])`;
  const begins = prefixes.map((prefix): Condition => sql`starts_with(${column}, ${prefix})`);
  const isMarked = mark !== undefined && texts.length > 0 && prefixes.length === 0;
  return {
    where: sql`coalesce(${anyOf([isOne, ...begins])}, false)`,
    isExact: true,
    isIndexed: isIndexed && prefixes.length === 0,
    ...(isMarked ? { narrowing: [texts.map((text) => markOf(mark, text))] } : {}),
  };
}

function comparison(column: FieldColumn, term: Extract<Term, { readonly type: "field" }>): TermCondition {
  const { op, values } = term;
  const [value = ""] = values;
  if (column.type === "level") {
    const rank = LOG_LEVELS.findIndex((level) => level === value);
    return levels(
      column,
      LOG_LEVELS.map((_level, i) => COMPARE[op](i, rank)),
    );
  }
  const limit = queryNumber(value);
  if (column.type === "text" || limit === undefined || op === ":") return NEVER;
  const compare = (number: RawBuilder<unknown>): Condition =>
    sql`coalesce(${number} ${sql.raw(op)} ${limit}::float8, false)`;
  if (column.type === "number") return { where: compare(column.value), isExact: true };
  return {
    where: firstOf(
      column.sources,
      ({ column: json, key }) => sql`case when jsonb_typeof(${json} -> ${key}) = 'number'
        then ${compare(sql`(${json} ->> ${key})::float8`)} else false end`,
    ),
    isExact: true,
  };
}

function levels(
  { value, mark }: Extract<FieldColumn, { readonly type: "level" }>,
  wanted: readonly boolean[],
): TermCondition {
  const places = wanted.flatMap((isWanted, i) => (isWanted ? [i] : []));
  const isMarked = mark !== undefined && places.length > 0 && places.every((place) => place >= FIRST_MARKED_LEVEL);
  return {
    where: sql`${value} = any(${places}::int4[])`,
    isExact: true,
    ...(isMarked ? { narrowing: [places.map((place) => markOf(mark, String(place)))] } : {}),
  };
}

function jsonEquality(sources: readonly JsonSource[], { texts, prefixes }: Wanted): TermCondition {
  if (sources.some(({ key }) => key.includes("\u0000") || !key.isWellFormed())) return NEVER;
  // What a number or a list begins with is not asked in SQL.
  if (prefixes.length > 0)
    return { where: anyOf(sources.map(({ column, key }) => sql`coalesce(${column} ? ${key}, false)`)), isExact: false };
  return {
    where: firstOf(sources, ({ column, key }) => {
      const forms = texts.flatMap(scalarsPrintedAs).flatMap((scalar) => [{ [key]: scalar }, { [key]: [scalar] }]);
      return sql`coalesce(${column} @> any(${forms.map((form) => JSON.stringify(form))}::jsonb[]), false)`;
    }),
    isExact: true,
  };
}

/** What prints as this text: the text itself, and the number or boolean. */
function scalarsPrintedAs(text: string): readonly (string | number | boolean)[] {
  const number = Number(text);
  return [
    text,
    ...(Number.isFinite(number) && String(number) === text ? [number] : []),
    ...(text === "true" || text === "false" ? [text === "true"] : []),
  ];
}

/** The condition on the first source that is there and not null. */
function firstOf(sources: readonly JsonSource[], condition: (source: JsonSource) => Condition): Condition {
  const cases = sources.map((source, i) =>
    allOf([
      ...sources
        .slice(0, i)
        .map(({ column, key }): Condition => sql`coalesce(${column} -> ${key}, 'null') = 'null'::jsonb`),
      condition(source),
    ]),
  );
  return anyOf(cases);
}

const COMPARE: Readonly<Record<Operator, (value: number, limit: number) => boolean>> = {
  ">": (value, limit) => value > limit,
  ">=": (value, limit) => value >= limit,
  "<": (value, limit) => value < limit,
  "<=": (value, limit) => value <= limit,
  ":": (value, limit) => value === limit,
};
