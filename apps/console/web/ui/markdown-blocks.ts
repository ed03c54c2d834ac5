/** More is shown as plain text: no one reads it, and parsing it would hold up the page. */
export const MAX_MARKDOWN = 200_000;
const MAX_BLOCK = 20_000;
const MAX_DEPTH = 24;

export interface MarkdownBlock {
  readonly text: string;
  /** Not parsed: too long, or nested so deep that only an attack is. */
  readonly plain: boolean;
}

/**
 * Cuts a text where a blank line ends a paragraph, list, quote or table, so that while a text grows only its last block is
 * parsed again. Fenced code stays whole, also without its end. What looks like a list's next item stays with the list.
 */
export function markdownBlocks(text: string): readonly MarkdownBlock[] {
  const known = text.slice(0, MAX_MARKDOWN);
  const blocks: string[] = [];
  let lines: string[] = [];
  let fence: string | undefined;
  let blank = false;
  for (const line of known.split("\n")) {
    const opens = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence === undefined && blank && lines.length > 0 && !goesOn(lines, line)) {
      blocks.push(lines.join("\n"));
      lines = [];
    }
    if (fence === undefined) fence = opens;
    else if (opens !== undefined && opens.startsWith(fence) && line.trim() === opens) fence = undefined;
    blank = fence === undefined && line.trim() === "";
    lines.push(line);
  }
  blocks.push(lines.join("\n"));
  return blocks.filter((block) => block.trim() !== "").map((block) => ({ text: block, plain: !isParsable(block) }));
}

/** Whether `line` behind a blank one belongs to the same block: indented, or an item of the list that the block is. */
function goesOn(lines: readonly string[], line: string): boolean {
  if (line.trim() === "" || /^(\t| {2,})\S/.test(line)) return true;
  return ITEM.test(line) && ITEM.test(lines[0] ?? "");
}

const ITEM = /^ {0,3}([-*+]|\d{1,9}[.)])(\s|$)/;

function isParsable(block: string): boolean {
  if (block.length > MAX_BLOCK) return false;
  return block.split("\n").every((line) => depthOf(line) <= MAX_DEPTH) && !/[[(*_~`<!]{200}/.test(block);
}

/** Quote marks, list marks and indentation at a line's beginning: each is a level of nesting. */
function depthOf(line: string): number {
  const marks = /^(?:[ \t]*(?:>|[-*+](?=\s)|\d{1,9}[.)](?=\s)))*/.exec(line)?.[0] ?? "";
  return marks.replaceAll(/[\s\d]/g, "").length;
}
