import { isFollowed, oneLine } from "./blocks.ts";
import type { Block, Inline } from "./blocks.ts";

export function toMarkdown(blocks: readonly Block[]): string {
  return `${blocks.map(blockText).join("\n\n")}\n`;
}

function blockText(block: Block): string {
  switch (block.kind) {
    case "heading":
      return `${"#".repeat(block.level)} ${escaped(block.text)}`;
    case "paragraph":
      return inlines(block.content);
    case "list":
      return block.items.map((item) => `- ${inlines(item)}`).join("\n");
    case "table":
      return [
        row(block.head.map((each) => escaped(each))),
        row(block.head.map(() => "---")),
        ...block.rows.map((cells) => row(cells.map(inlines))),
      ].join("\n");
    default:
      return fenced(block.language, block.text);
  }
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(" | ")} |`;
}

function inlines(content: readonly Inline[]): string {
  return content.map(inlineText).join("");
}

function inlineText(inline: Inline): string {
  if (typeof inline === "string") return escaped(inline, true);
  if ("code" in inline) return codeSpan(oneLine(inline.code));
  if (!isFollowed(inline.link)) return escaped(inline.text);
  return `[${escaped(inline.text)}](<${new URL(inline.link).href.replaceAll(/[<>|]/g, encodeURIComponent)}>)`;
}

/** CommonMark §2.4: any of these may stand behind a backslash, and then means itself. */
function escaped(text: string, keepsEdges = false): string {
  const line = oneLine(text).replaceAll(/[\\`*_{}[\]()<>#+!|~&.-]/g, (sign) => (/[.]/.test(sign) ? sign : `\\${sign}`));
  // A number and a dot begin a list.
  const plain = line.replace(/^(\d+)\./, String.raw`$1\.`);
  if (!keepsEdges) return plain;
  return `${/^\s/.test(text) ? " " : ""}${plain}${/\s$/.test(text) ? " " : ""}`;
}

/** CommonMark §6.1: as many backticks as nothing in it has. In tables a bar ends the cell even here. */
function codeSpan(text: string): string {
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const ticks = "`".repeat(longest + 1);
  const edge = text === "" || /^`|`$/.test(text) ? " " : "";
  return `${ticks}${edge}${text.replaceAll("|", String.raw`\|`)}${edge}${ticks}`;
}

function fenced(language: string, text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([ticks]) => ticks.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
