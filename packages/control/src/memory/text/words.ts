/**
 * Words for the index: compatibility forms folded, lower case, without marks, plurals of English cut. Scripts that are
 * written without spaces come as pairs of characters.
 */
export function wordsOf(text: string): string[] {
  const folded = text
    .normalize("NFKD")
    .replace(/\p{M}+/gu, "")
    .toLowerCase();
  const words: string[] = [];
  for (const [run] of folded.matchAll(/[\p{L}\p{N}]+/gu)) {
    if (UNSPACED.test(run)) words.push(...pairs(run));
    else words.push(stem(run.slice(0, MAX_WORD)));
  }
  return words;
}

/** What a question is about: without words that every question has, unless it has no others. */
export function queryWords(query: string): string[] {
  const words = wordsOf(query);
  const telling = words.filter((word) => !isCommon(word));
  return [...new Set(telling.length === 0 ? words : telling)].slice(0, MAX_QUERY_WORDS);
}

/** Words that say how a sentence is built, not what it is about. */
export function isCommon(word: string): boolean {
  return COMMON.has(word);
}

/** Longer ones are data, not words. */
const MAX_WORD = 64;
const MAX_QUERY_WORDS = 64;

const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

const COMMON: ReadonlySet<string> = new Set(
  "a an the and or but of to in on at by for with from is are was were be been do doe did can could should would will shall may might must i you we they it this that these those what which who whom whose when where why how my your our their not no if then than so as have had has".split(
    " ",
  ),
);

function pairs(run: string): string[] {
  const characters = Array.from(run);
  if (characters.length === 1) return characters;
  return characters.slice(1).map((character, i) => `${characters[i] ?? ""}${character}`);
}

function stem(word: string): string {
  if (word.length < 4 || !word.endsWith("s")) return word;
  if (word.endsWith("ies") && word.length > 4) return `${word.slice(0, -3)}y`;
  if (/(?:ss|us|is)$/.test(word)) return word;
  return /(?:sses|shes|ches|xes)$/.test(word) ? word.slice(0, -2) : word.slice(0, -1);
}
