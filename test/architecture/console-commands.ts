import { findCommand } from "../../apps/cli/src/args/find-command.ts";
import { parseOptions } from "../../apps/cli/src/args/parse-options.ts";
import { UsageError } from "../../apps/cli/src/args/usage-error.ts";
import { COMMANDS } from "../../apps/cli/src/commands/index.ts";

const PREFIX = "npx a2a ";

/** What `a2a` would say of a line of the console; undefined: it takes it, or it is another program's. */
export function problemOf(line: string): string | undefined {
  for (const command of splitCommands(line)) {
    if (!command.startsWith(PREFIX)) continue;
    try {
      const found = findCommand(wordsOf(command).slice(2), COMMANDS);
      if (found !== undefined) parseOptions(found.rest, found.command);
    } catch (error) {
      if (!(error instanceof UsageError)) throw error;
      return `${command}: ${error.message}`;
    }
  }
  return undefined;
}

/** Of one line several: `a2a … > file; a2a …`, without where their output goes. */
function splitCommands(line: string): readonly string[] {
  return line.split(/; (?=npx )/).map((each) => each.replace(/ > \S+$/, "").trim());
}

/** The words as a shell would make them, quotes taken off. */
function wordsOf(command: string): readonly string[] {
  return [...command.matchAll(/(?:'[^']*'|"(?:\\.|[^"\\])*"|[^\s'"])+/g)].map(([word]) =>
    word.replaceAll(/'([^']*)'|"((?:\\.|[^"\\])*)"/g, (_, single?: string, double?: string) => single ?? double ?? ""),
  );
}

/**
 * Every line that a source of the console holds as text, with `x` where a name is put in. What it puts together from more than
 * one text is seen where it is shown: test/e2e/console/harness.ts.
 */
export function linesOf(source: string): readonly string[] {
  return [...source.matchAll(/npx a2a /g)].flatMap(({ index }) => {
    const quote = source[index - 1] ?? "";
    if (!"\"'`>".includes(quote)) return [];
    const line = readUntil(source, index, quote === ">" ? "<" : quote).replaceAll("&apos;", "'");
    return line.includes(`${PREFIX}x`) ? [] : [line];
  });
}

function readUntil(source: string, from: number, end: string): string {
  let text = "";
  for (let at = from; at < source.length && source[at] !== end; at++) {
    if (source[at] === "\\") text += source[++at] ?? "";
    else if (end === "`" && source.startsWith("${", at)) {
      const after = endOfExpression(source, at + 2);
      // A name; or what may be left out, which begins with its own space.
      text += /["'`] [-$]/.test(source.slice(at, after)) ? "" : "x";
      at = after;
    } else text += source[at];
  }
  return text;
}

function endOfExpression(source: string, from: number): number {
  let depth = 1;
  for (let at = from; at < source.length; at++) {
    if (source[at] === "{") depth++;
    if (source[at] === "}" && --depth === 0) return at;
  }
  return source.length;
}
