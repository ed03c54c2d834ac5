import type { Command, Option } from "../command.ts";
import { GLOBAL_OPTIONS } from "../args/parse-options.ts";

export function generalHelp(commands: readonly Command[]): string {
  const width = Math.max(...commands.map((command) => usageOf(command).length));
  const lines = commands.map((command) => `  ${usageOf(command).padEnd(width)}  ${command.summary}`);
  return [
    "a2a: run, deploy and call A2A agents.",
    "",
    "Usage: a2a COMMAND [OPTIONS]",
    "",
    ...lines,
    "",
    "For every command:",
    ...optionLines(GLOBAL_OPTIONS),
    "",
    "Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not signed in or not allowed, 4 not found, 5 timed out.",
    "`a2a help COMMAND` shows its options and examples.",
    "",
  ].join("\n");
}

export function commandHelp(command: Command): string {
  const { summary, details, positionals, options, examples } = command;
  const width = Math.max(0, ...positionals.map(({ name }) => name.length));
  return [
    `a2a ${usageOf(command)}${Object.keys(options).length === 0 ? "" : " [OPTIONS]"}`,
    "",
    `${summary}${details === undefined ? "" : ` ${details}`}`,
    "",
    ...positionals.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`),
    ...(positionals.length === 0 ? [] : [""]),
    "Options:",
    ...optionLines({ ...options, ...GLOBAL_OPTIONS }),
    "",
    "Examples:",
    ...examples.map((example) => `  ${example}`),
    "",
  ].join("\n");
}

function usageOf({ name, positionals }: Command): string {
  const shown = positionals.map(({ name, optional, repeats }) => {
    const text = repeats === true ? `${name}…` : name;
    return optional === true ? `[${text}]` : text;
  });
  return [name, ...shown].join(" ");
}

function optionLines(options: { readonly [name: string]: Option }): readonly string[] {
  const entries = Object.entries(options).map(([name, option]) => ({
    left: `--${name}${option.type === "string" ? ` ${option.value ?? "VALUE"}` : ""}`,
    right: `${option.summary}${option.multiple === true ? " (may be repeated)" : ""}`,
  }));
  const width = Math.max(...entries.map(({ left }) => left.length));
  return entries.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`);
}
