import { isPlatformError } from "@berth/protocol";
import { createPlatformClient } from "@berth/sdk/client";
import { findCommand } from "./args/find-command.ts";
import { parseOptions } from "./args/parse-options.ts";
import { UsageError } from "./args/usage-error.ts";
import type { Command, CommandContext, CommandResult } from "./command.ts";
import { COMMANDS } from "./commands/index.ts";
import { ExitCode, exitCodeOf } from "./exit-code.ts";
import type { Io } from "./io.ts";
import { platformToken, platformUrl } from "./platform/connection.ts";
import { createColors } from "./render/colors.ts";
import { errorText, reportError } from "./render/error.ts";
import { commandHelp, generalHelp } from "./render/help.ts";
import { printable, printableJson } from "./render/printable.ts";

/** One command line from its words to its exit code. Never throws. */
export async function runCli(
  argv: readonly string[],
  io: Io,
  commands: readonly Command[] = COMMANDS,
): Promise<number> {
  // Read before parsing, so that a wrong command line is answered in the form that was asked for.
  const json = argv.includes("--json");
  try {
    // What everybody tries first.
    const words = argv[0] === "--version" ? ["version", ...argv.slice(1)] : argv;
    const found = findCommand(words, commands);
    if (found === undefined) return withoutCommand(words, io, commands);
    const args = parseOptions(found.rest, found.command);
    if (args.flag("help")) {
      io.stdout(commandHelp(found.command));
      return ExitCode.Done;
    }
    const result = await found.command.run(contextOf(args, json, io));
    print(result, json, io);
    return result.exitCode ?? ExitCode.Done;
  } catch (error) {
    const report = reportError(error);
    const isBug = !(error instanceof UsageError) && !isPlatformError(error);
    if (isBug && error instanceof Error) io.stderr(`${printable(error.stack ?? "")}\n`);
    if (json) io.stdout(`${printableJson({ error: report })}\n`);
    io.stderr(`${colorsFor(io, "stderr").red("error:")} ${errorText(report)}\n`);
    return exitCodeOf(error);
  }
}

/** Only options, or nothing: help where it was asked for, an error where a command was forgotten. */
function withoutCommand(argv: readonly string[], io: Io, commands: readonly Command[]): number {
  const isHelp = argv.includes("--help") || argv.includes("-h");
  if (!isHelp && argv.length > 0)
    throw new UsageError(`There is no command in "${argv.join(" ")}".`, "See `a2a help`.");
  io.stdout(generalHelp(commands));
  return isHelp ? ExitCode.Done : ExitCode.Usage;
}

function contextOf(args: CommandContext["args"], json: boolean, io: Io): CommandContext {
  return {
    args,
    io,
    json,
    colors: colorsFor(io, "stdout"),
    async platform() {
      const url = platformUrl(args, io);
      const token = await platformToken(url, args, io);
      return createPlatformClient({ url, ...(token === undefined ? {} : { token }) });
    },
    progress: (text) => io.stderr(`${printable(text)}\n`),
  };
}

/** https://no-color.org: any value turns colours off. */
function colorsFor({ isTty, env }: Io, end: "stdout" | "stderr"): CommandContext["colors"] {
  return createColors(isTty[end] && (env.NO_COLOR ?? "") === "" && env.TERM !== "dumb");
}

function print({ json: document, text }: CommandResult, json: boolean, io: Io): void {
  if (json && document !== undefined) io.stdout(`${printableJson(document)}\n`);
  if (!json && text !== undefined && text !== "") io.stdout(`${text}\n`);
}
