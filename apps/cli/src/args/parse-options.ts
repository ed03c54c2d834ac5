import { parseArgs } from "node:util";
import type { Command, Option } from "../command.ts";
import { nearest } from "./nearest.ts";
import { UsageError } from "./usage-error.ts";

/** The values of a command line, read by name. Asking for what the command does not declare is a bug. */
export interface ParsedOptions {
  text(name: string): string | undefined;
  texts(name: string): readonly string[];
  flag(name: string): boolean;
  /** A whole number in range. @throws UsageError */
  integer(name: string, range: { readonly min: number; readonly max: number }): number | undefined;
  positional(name: string): string | undefined;
  /** All of the last positional, which repeats. */
  rest(name: string): readonly string[];
  /** A positional that is not optional. */
  required(name: string): string;
}

export const GLOBAL_OPTIONS: { readonly [name: string]: Option } = {
  json: { type: "boolean", summary: "one JSON document on stdout, progress on stderr" },
  url: { type: "string", value: "URL", summary: "the platform (BERTH_URL, default http://127.0.0.1:4100)" },
  token: { type: "string", value: "KEY", summary: "the API key (BERTH_TOKEN, default: the one `a2a up` saved)" },
  help: { type: "boolean", summary: "show help for the command" },
};

const SHORT: { readonly [name: string]: string } = { help: "h", message: "m", follow: "f", query: "q" };

/** @throws UsageError naming what is wrong, and the option that was probably meant. */
export function parseOptions(argv: readonly string[], command: Command): ParsedOptions {
  const declared: { readonly [name: string]: Option } = { ...GLOBAL_OPTIONS, ...command.options };
  const { values, tokens } = parseArgs({
    args: [...argv],
    options: Object.fromEntries(Object.entries(declared).map(([name, option]) => [name, configOf(name, option)])),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const helpHint = `See \`a2a help ${command.name}\`.`;
  for (const token of tokens) if (token.kind === "option") checkOption(token, declared, helpHint);
  const positionals = tokens.flatMap((token) => (token.kind === "positional" ? [token.value] : []));
  if (values.help !== true) checkPositionals(positionals, command, helpHint);
  return reader(values, positionals, command, helpHint);
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

function configOf(
  name: string,
  { type, multiple }: Option,
): { type: Option["type"]; multiple: boolean; short?: string } {
  const short = SHORT[name];
  return { type, multiple: multiple ?? false, ...(short === undefined ? {} : { short }) };
}

function checkOption(token: OptionToken, declared: { readonly [name: string]: Option }, helpHint: string): void {
  const { name, rawName, value, inlineValue } = token;
  const option = Object.hasOwn(declared, name) ? declared[name] : undefined;
  if (option === undefined) {
    const meant = nearest(name, Object.keys(declared));
    throw new UsageError(
      `Unknown option ${rawName}.`,
      meant === undefined ? helpHint : `Did you mean --${meant}? ${helpHint}`,
    );
  }
  // A value that looks like an option is one that was forgotten; `--input=--x` still says it on purpose.
  const isMissing = value === undefined || (inlineValue !== true && value.startsWith("--"));
  if (option.type === "string" && isMissing) {
    throw new UsageError(`Option ${rawName} needs a value: ${rawName} ${option.value ?? "VALUE"}.`, helpHint);
  }
  if (option.type === "boolean" && value !== undefined)
    throw new UsageError(`Option ${rawName} takes no value.`, helpHint);
}

function checkPositionals(given: readonly string[], command: Command, helpHint: string): void {
  const missing = command.positionals.filter(({ optional }) => optional !== true)[given.length];
  if (missing !== undefined)
    throw new UsageError(`\`a2a ${command.name}\` needs ${missing.name}: ${missing.summary}.`, helpHint);
  const extra = command.positionals.at(-1)?.repeats === true ? undefined : given[command.positionals.length];
  if (extra !== undefined) throw new UsageError(`\`a2a ${command.name}\` does not take "${extra}".`, helpHint);
}

function reader(
  values: { readonly [name: string]: unknown },
  positionals: readonly string[],
  command: Command,
  helpHint: string,
): ParsedOptions {
  const texts = (name: string): readonly string[] => [values[name]].flat().filter((value) => typeof value === "string");
  const indexOf = (name: string): number => command.positionals.findIndex((declared) => declared.name === name);
  const positional = (name: string): string | undefined => positionals[indexOf(name)];
  return {
    texts,
    text: (name) => texts(name).at(-1),
    flag: (name) => values[name] === true,
    integer(name, { min, max }) {
      const text = texts(name).at(-1);
      if (text === undefined) return undefined;
      const value = Number(text);
      if (/^\d+$/.test(text) && value >= min && value <= max) return value;
      throw new UsageError(`--${name} must be a whole number from ${min} to ${max}, not "${text}".`, helpHint);
    },
    positional,
    rest: (name) => positionals.slice(indexOf(name)),
    required(name) {
      const value = positional(name);
      if (value === undefined) throw new Error(`${command.name} declares no positional ${name}`);
      return value;
    },
  };
}
