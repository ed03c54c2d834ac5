/** More would make one line's index entry larger than the line is worth. */
export const MAX_TOKENS = 256;
const MAX_TOKEN_LENGTH = 64;
const MAX_TOKENIZED = 16_384;

const WORDS = /[\p{L}\p{N}]+/gu;
// Colours and the like (ECMA-48 CSI and OSC): a word is what is read, not how it is painted.
// oxlint-disable-next-line no-control-regex -- the sequences begin with ESC
const ESCAPES = /\u001b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?)/g;
const ACCENTS = /\p{M}+/gu;
// Nothing outside of ASCII: there is nothing to fold.
const ASCII = /^[\0-\x7f]*$/;

/**
 * The words of a text as they are looked up: letters and digits, lower case, without accents, each once. Of a long text its beginning.
 * The store's index and the live matcher both ask here, so that they never disagree.
 */
export function tokensOf(text: string): readonly string[] {
  const tokens = new Set<string>();
  for (const [word] of folded(text.slice(0, MAX_TOKENIZED).replace(ESCAPES, "")).matchAll(WORDS)) {
    if (tokens.size >= MAX_TOKENS) break;
    // By code points: half of a surrogate pair is no text that a store takes.
    tokens.add(word.length <= MAX_TOKEN_LENGTH ? word : Array.from(word).slice(0, MAX_TOKEN_LENGTH).join(""));
  }
  return [...tokens];
}

function folded(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text.normalize("NFKD").replace(ACCENTS, "").toLowerCase().normalize("NFKD").replace(ACCENTS, "");
}
