const STOP = new Set(
  "a an the and or of to in on at by for with is are was be do does did can may must how what which who when where why it this that i you we my".split(
    " ",
  ),
);

/** The sentences of a passage that have most of the question's words, in their order: an answer nobody made up. */
export function quoteFor(question: string, passage: string, sentences = 2): string {
  const wanted = new Set(stems(question).filter((word) => !STOP.has(word)));
  return passage
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence, place) => ({ sentence: sentence.trim(), place }))
    .filter(({ sentence }) => /\p{L}/u.test(sentence))
    .map((each) => ({ ...each, score: scoreOf(wanted, each.sentence) }))
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .slice(0, sentences)
    .sort((a, b) => a.place - b.place)
    .map(({ sentence }) => (sentence.length > 400 ? `${sentence.slice(0, 399).toWellFormed()}…` : sentence))
    .join(" ");
}

/** Long sentences have many words by chance. */
function scoreOf(wanted: ReadonlySet<string>, sentence: string): number {
  const words = stems(sentence);
  const shared = new Set(words.filter((word) => wanted.has(word)));
  return shared.size / Math.sqrt(8 + words.length);
}

function stems(text: string): string[] {
  return (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []).map((word) =>
    word.replace(/(?<=.{3})(?:e?s|ed|ing)$/, ""),
  );
}
