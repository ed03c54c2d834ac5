import type { Command } from "../command.ts";
import { GLOBAL_OPTIONS } from "./parse-options.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

export interface FoundCommand {
  readonly command: Command;
  /** The command line without the command's words. */
  readonly rest: readonly string[];
}

/** What a group does when it is named alone. */
const DEFAULT_VERBS: readonly string[] = ["list", "check"];

/**
 * The command that the first words name; global options may stand before and between them.
 * @throws UsageError for a word that is none, with the one that was probably meant.
 */
export function findCommand(argv: readonly string[], commands: readonly Command[]): FoundCommand | undefined {
  const [first, second] = wordsOf(argv);
  if (first === undefined) return undefined;
  const single = commands.find(({ name }) => name === first.word);
  if (single !== undefined) return { command: single, rest: argv.toSpliced(first.index, 1) };

  const group = commands.filter(({ name }) => name.startsWith(`${first.word} `));
  if (group.length === 0)
    throw unknownWord("command", first.word, [...new Set(commands.map(({ name }) => head(name)))]);
  const named = second === undefined ? undefined : group.find(({ name }) => name === `${first.word} ${second.word}`);
  if (second !== undefined && named !== undefined) {
    return { command: named, rest: argv.toSpliced(second.index, 1).toSpliced(first.index, 1) };
  }
  const byDefault = group.find(({ name }) => DEFAULT_VERBS.includes(tail(name)));
  const verbs = group.map(({ name }) => tail(name));
  // `a2a files reports/`: no verb, and nothing that looks like a mistyped one.
  const takesWord = byDefault?.positionals[0]?.optional === true;
  if (second !== undefined && byDefault !== undefined && takesWord && nearest(second.word, verbs) === undefined) {
    return { command: byDefault, rest: argv.toSpliced(first.index, 1) };
  }
  if (second !== undefined) throw unknownWord(`${first.word} command`, second.word, verbs);
  if (byDefault !== undefined) return { command: byDefault, rest: argv.toSpliced(first.index, 1) };
  throw new UsageError(`\`a2a ${first.word}\` needs a verb.`, `One of: ${verbs.join(", ")}.`);
}

interface Word {
  readonly word: string;
  readonly index: number;
}

/** The first two words that are neither options nor the values of global ones. Others must come after the command. */
function wordsOf(argv: readonly string[]): readonly Word[] {
  const words: Word[] = [];
  for (let index = 0; index < argv.length && words.length < 2; index++) {
    const word = argv[index] ?? "";
    if (!word.startsWith("-")) words.push({ word, index });
    else if (GLOBAL_OPTIONS[word.replace(/^--/, "")]?.type === "string") index++;
    else if (!isGlobalFlag(word)) break;
  }
  return words;
}

function isGlobalFlag(word: string): boolean {
  return word === "-h" || Object.hasOwn(GLOBAL_OPTIONS, word.replace(/^--/, "").replace(/=.*$/s, ""));
}

function unknownWord(kind: string, word: string, known: readonly string[]): UsageError {
  const meant = nearest(word, known);
  const hint = meant === undefined ? `There are: ${known.join(", ")}.` : `Did you mean ${meant}?`;
  return new UsageError(`There is no ${kind} "${word}".`, `${hint} See \`a2a help\`.`);
}

function head(name: string): string {
  return name.split(" ")[0] ?? name;
}

function tail(name: string): string {
  return name.split(" ")[1] ?? name;
}
