import { fieldOf, piecesOf, quoteValue, withField } from "../../../ui/query-pieces.ts";

/** The values that a query asks for in a field: of its one `field:a|b`. */
export function chosenValues(text: string, field: string): readonly string[] {
  const piece = piecesOf(text).find((each) => each.text.startsWith(`${field}:`));
  if (piece === undefined) return [];
  return piece.text
    .slice(field.length + 1)
    .split(/\|(?=(?:[^"]*"[^"]*")*[^"]*$)/)
    .map((value) => (value.startsWith('"') ? value.slice(1, -1).replaceAll(/\\(.)/g, "$1") : value));
}

/** With this value besides the others, or without it. */
export function toggleValue(text: string, field: string, value: string): string {
  const chosen = chosenValues(text, field);
  const next = chosen.includes(value) ? chosen.filter((each) => each !== value) : [...chosen, value];
  return withField(text, field, next.length === 0 ? undefined : `${field}:${next.map(quoteValue).join("|")}`);
}

/** Everything but this value. */
export function excludeValue(text: string, field: string, value: string): string {
  const others = piecesOf(text)
    .map((piece) => piece.text)
    .filter((piece) => fieldOf(piece) !== field || piece.startsWith("-"));
  const term = `-${field}:${quoteValue(value)}`;
  return others.includes(term) ? text : [...others, term].join(" ");
}
