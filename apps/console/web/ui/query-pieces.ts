/** A term of a query as it was written, and where it stands in the text. */
export interface QueryPiece {
  readonly text: string;
  readonly from: number;
  readonly to: number;
}

/** The terms of a text, also of one that is not finished: what cannot be read is a piece like any other. */
export function piecesOf(text: string): readonly QueryPiece[] {
  const pieces: QueryPiece[] = [];
  let at = 0;
  for (;;) {
    while (at < text.length && isSpace(text.charAt(at))) at += 1;
    if (at >= text.length) return pieces;
    const from = at;
    at = endOfPiece(text, from);
    pieces.push({ text: text.slice(from, at), from, to: at });
  }
}

/** False while a quote or regular expression is open: then a space belongs to it. */
export function isWhole(text: string): boolean {
  const last = piecesOf(text).at(-1);
  if (last === undefined) return true;
  return endOfPiece(`${last.text} x`, 0) === last.text.length;
}

function endOfPiece(text: string, from: number): number {
  let at = text.charAt(from) === "-" ? from + 1 : from;
  if (text.charAt(at) === "/") return endOfDelimited(text, at, "/");
  while (at < text.length && !isSpace(text.charAt(at))) {
    // A quote opens at the beginning of a term or value; elsewhere it is a character like any other.
    const opens = text.charAt(at) === '"' && /(?:^|^-|[:|<>=])$/.test(text.slice(from, at));
    at = opens ? endOfDelimited(text, at, '"') : at + 1;
  }
  return at;
}

function endOfDelimited(text: string, from: number, mark: string): number {
  let at = from + 1;
  while (at < text.length && text.charAt(at) !== mark) at += text.charAt(at) === "\\" ? 2 : 1;
  return Math.min(text.length, at + 1);
}

function isSpace(character: string): boolean {
  return /^\s$/u.test(character);
}

const FIELD = /^-?([A-Za-z_][A-Za-z0-9_.-]*):(?!\/\/)/;

/** Of `agent:planner`: agent. */
export function fieldOf(piece: string): string | undefined {
  return FIELD.exec(piece)?.[1];
}

/** The value of the one `field:value`, when that is written plainly. */
export function valueOf(text: string, field: string): string | undefined {
  const piece = piecesOf(text).find((each) => each.text.startsWith(`${field}:`));
  return piece?.text.slice(field.length + 1);
}

/** With this term in the place of all others of its field; undefined takes them out. */
export function withField(text: string, field: string, term: string | undefined): string {
  const others = piecesOf(text)
    .map((piece) => piece.text)
    .filter((piece) => fieldOf(piece) !== field);
  return [...others, ...(term === undefined ? [] : [term])].join(" ");
}

/** A value as it stands behind a colon. */
export function quoteValue(value: string): string {
  const isPlain = /^[^\s"|<>*][^\s|]*$/u.test(value) && !value.endsWith("*");
  return isPlain ? value : `"${value.replaceAll(/["\\]/g, (character) => `\\${character}`)}"`;
}
