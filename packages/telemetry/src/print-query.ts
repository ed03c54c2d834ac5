import type { Query, Term } from "./query.ts";
import { fieldValueOf, formatInstantUs } from "./query-values.ts";

/** The one text of a query: parsing it gives the same query again. */
export function printQuery({ terms, sinceUs, untilUs }: Query): string {
  const parts = terms.map(printTerm);
  if (sinceUs !== undefined) parts.push(`since:${formatInstantUs(sinceUs)}`);
  if (untilUs !== undefined) parts.push(`until:${formatInstantUs(untilUs)}`);
  return parts.join(" ");
}

export function printTerm(term: Term): string {
  const sign = term.negated ? "-" : "";
  switch (term.type) {
    case "field":
      return `${sign}${term.field}:${term.op === ":" ? "" : term.op}${term.values.map(printValue).join("|")}`;
    case "regex":
      return `${sign}/${term.source}/`;
    default:
      return `${sign}${term.phrase ? quote(term.text) : term.text}`;
  }
}

function printValue(value: string): string {
  const { text, isPrefix } = fieldValueOf(value);
  const isPlain = text === "" ? isPrefix : /^[^\s"|<>*][^\s|]*$/u.test(text) && !text.endsWith("*");
  return `${isPlain ? text : quote(text)}${isPrefix ? "*" : ""}`;
}

function quote(text: string): string {
  return `"${text.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`;
}
