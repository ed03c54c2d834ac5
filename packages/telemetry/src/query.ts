/**
 * One query language for logs, spans and tasks, in the console, the CLI and the API:
 * `level:error agent:planner task:tsk_9 tool:search dur:>2s cost:>0.05 -noise "exact words" /regex/ since:15m`.
 * Terms are joined by AND, `-` negates one, `a|b` in a field's value is one of them, `*` at its end a prefix.
 */
export interface Query {
  readonly terms: readonly Term[];
  /** From `since:` (`15m`, `2h`, `7d` or RFC 3339), as microseconds since 1970. */
  readonly sinceUs?: number;
  readonly untilUs?: number;
}

/** `values` of a field are as `fieldValueOf` reads them. */
export type Term =
  | {
      readonly type: "field";
      readonly negated: boolean;
      readonly field: string;
      readonly op: Operator;
      readonly values: readonly string[];
    }
  /** `phrase`: the words in this order, as they stand. Without: each word somewhere, case and accents aside. */
  | { readonly type: "text"; readonly negated: boolean; readonly text: string; readonly phrase: boolean }
  | { readonly type: "regex"; readonly negated: boolean; readonly source: string };

/** `:` equality (of any value), the rest numbers: durations become microseconds, sizes bytes. */
export type Operator = ":" | ">" | ">=" | "<" | "<=";

/**
 * Fields every store knows: `agent`, `release`, `instance`, `task`, `trace`, `span`, `source`, `level` (logs; `level:>=warn`),
 * `service`, `name`, `kind` (spans: the view kind, such as `llm`, `tool`, `agent`), `status` (spans: ok, error), `dur` (spans),
 * `tool`, `model`, `cost`. Any other field is an attribute's key, as `http.route:/a`.
 */
export const QUERY_FIELDS = [
  "agent",
  "release",
  "instance",
  "task",
  "trace",
  "span",
  "source",
  "level",
  "service",
  "name",
  "kind",
  "status",
  "dur",
  "tool",
  "model",
  "cost",
] as const;
