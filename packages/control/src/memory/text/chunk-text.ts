/** From and up to, in UTF-16 units. */
export type Span = readonly [from: number, to: number];

export interface ChunkSizes {
  /** A chunk is no longer. */
  readonly max: number;
  /** A chunk begins with at most so much of the one before, in whole sentences. */
  readonly overlap: number;
}

const DEFAULT_CHUNK_SIZES: ChunkSizes = { max: 1_200, overlap: 200 };

/**
 * Cuts a text into pieces that can be searched by themselves: whole paragraphs while they fit, else whole sentences, else
 * wherever a character ends. A heading begins a chunk. The same text always gives the same spans; together they hold
 * everything but white space.
 */
export function chunkText(text: string, { max, overlap }: ChunkSizes = DEFAULT_CHUNK_SIZES): readonly Span[] {
  const chunks: Span[] = [];
  let open: Span[] = [];
  const close = (): void => {
    const [first, last] = [open[0], open.at(-1)];
    if (first !== undefined && last !== undefined) chunks.push([first[0], last[1]]);
  };
  for (const paragraph of paragraphsOf(text)) {
    const isHeading = text[paragraph[0]] === "#";
    const size = (open.at(-1)?.[1] ?? 0) - (open[0]?.[0] ?? 0);
    // A heading alone says little: what follows it stays with it.
    if (isHeading && size > max / 4) {
      close();
      open = [];
    }
    for (const piece of paragraph[1] - (open[0]?.[0] ?? paragraph[0]) <= max
      ? [paragraph]
      : sentencesOf(text, paragraph, max)) {
      const from = open[0]?.[0];
      if (from !== undefined && piece[1] - from > max) {
        close();
        open = tailOf(text, open, Math.min(overlap, max - (piece[1] - piece[0])), piece);
      }
      open.push(piece);
    }
  }
  close();
  return chunks;
}

/** The last sentences of a chunk that is full, for the next one to begin with. */
function tailOf(text: string, pieces: readonly Span[], room: number, next: Span): Span[] {
  const sentences = pieces.flatMap((piece) => sentencesOf(text, piece, piece[1] - piece[0]));
  const start = sentences.findIndex(([from]) => next[0] - from <= room);
  return start < 0 ? [] : sentences.slice(start);
}

function paragraphsOf(text: string): Span[] {
  return split(text, [0, text.length], /\n[ \t\r]*\n|\n(?=#{1,6} )/g);
}

/** None longer than `max`. */
function sentencesOf(text: string, span: Span, max: number): Span[] {
  return split(text, span, /(?<=[.!?…。！？])[\s]+|(?<=[。！？])|\n/g).flatMap((sentence) =>
    pieces(text, sentence, max),
  );
}

/** What lies between the matches, without white space around it. */
function split(text: string, [from, to]: Span, border: RegExp): Span[] {
  const part = text.slice(from, to);
  const found: Span[] = [];
  let at = 0;
  for (const match of part.matchAll(border)) {
    found.push([from + at, from + match.index]);
    at = match.index + match[0].length;
  }
  found.push([from + at, to]);
  return found.map((span) => trim(text, span)).filter(([start, end]) => end > start);
}

function trim(text: string, [from, to]: Span): Span {
  const part = text.slice(from, to);
  const start = from + (part.length - part.trimStart().length);
  return [start, Math.max(start, to - (part.length - part.trimEnd().length))];
}

function pieces(text: string, [from, to]: Span, max: number): Span[] {
  const found: Span[] = [];
  let at = from;
  while (to - at > max) {
    const space = text.lastIndexOf(" ", at + max);
    const end = space > at + max / 2 ? space : characterEnd(text, at, at + max);
    found.push(trim(text, [at, end]));
    at = end;
  }
  found.push(trim(text, [at, to]));
  return found.filter(([start, end]) => end > start);
}

/** How far back the beginning of a character is looked for: a text of nothing but marks is cut anyway. */
const MAX_MARKS = 32;

/** The last place up to `limit` where no character, and no group of joined ones, is torn. */
function characterEnd(text: string, from: number, limit: number): number {
  for (let end = limit; end > from && end > limit - MAX_MARKS; end--) {
    if (isBorder(text, end)) return end;
  }
  const code = text.charCodeAt(limit);
  return code >= 0xdc00 && code <= 0xdfff && limit - 1 > from ? limit - 1 : limit;
}

const JOINER = "\u200d";

function isBorder(text: string, at: number): boolean {
  const code = text.charCodeAt(at);
  if (code >= 0xdc00 && code <= 0xdfff) return false;
  const next = String.fromCodePoint(text.codePointAt(at) ?? 0);
  // Marks, variation selectors among them, and modifiers of emojis belong to what is before them.
  return !/^[\p{M}\p{Emoji_Modifier}]/u.test(next) && next !== JOINER && text[at - 1] !== JOINER;
}
