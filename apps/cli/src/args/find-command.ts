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
  const words = wordsOf(argv);
  const [first] = words;
  if (first === undefined) return undefined;
  const noun = nounOf(words, commands);
  const named = words.slice(0, noun.length);
  const rest = argv.filter((_, index) => !named.some((word) => word.index === index));
  const prefix = noun.join(" ");
  const single = commands.find(({ name }) => name === prefix);
  if (single !== undefined) return { command: single, rest };

  const group = commands.filter(({ name }) => name.startsWith(`${prefix} `));
  if (group.length === 0)
    throw unknownWord("command", first.word, [...new Set(commands.map(({ name }) => head(name)))]);
  const verb = words[noun.length];
  const chosen = verb === undefined ? undefined : group.find(({ name }) => name === `${prefix} ${verb.word}`);
  if (verb !== undefined && chosen !== undefined) {
    return { command: chosen, rest: argv.filter((_, index) => ![...named, verb].some((word) => word.index === index)) };
  }
  const byDefault = group.find(({ name }) => DEFAULT_VERBS.includes(tail(name)));
  const verbs = group.map(({ name }) => name.slice(prefix.length + 1));
  // `a2a files reports/`: no verb, and nothing that looks like a mistyped one.
  const takesWord = byDefault?.positionals[0]?.optional === true;
  if (verb !== undefined && byDefault !== undefined && takesWord && nearest(verb.word, verbs) === undefined) {
    return { command: byDefault, rest };
  }
  if (verb !== undefined) throw unknownWord(`${prefix} command`, verb.word, verbs);
  if (byDefault !== undefined) return { command: byDefault, rest };
  throw new UsageError(`\`a2a ${prefix}\` needs a verb.`, `One of: ${verbs.join(", ")}.`);
}

/** The words that name a thing: the first, and the second where it only says which, as in `telemetry destinations list`. */
function nounOf(words: readonly Word[], commands: readonly Command[]): readonly string[] {
  const [first, second] = words.map(({ word }) => word);
  if (first === undefined) return [];
  const both = `${first} ${second ?? ""}`;
  return second !== undefined && commands.some(({ name }) => name.startsWith(`${both} `)) ? [first, second] : [first];
}

interface Word {
  readonly word: string;
  readonly index: number;
}

/** The first three words that are neither options nor the values of global ones. Others must come after the command. */
function wordsOf(argv: readonly string[]): readonly Word[] {
  const words: Word[] = [];
  for (let index = 0; index < argv.length && words.length < 3; index++) {
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
  return name.split(" ").at(-1) ?? name;
}
