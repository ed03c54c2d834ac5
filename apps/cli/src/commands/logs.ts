import { PlatformError } from "@berth/protocol";
import type { LogLine } from "@berth/sdk/client";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { oneLine, printable, printableJson } from "../render/printable.ts";

export const logsCommand: Command = {
  name: "logs",
  summary: "Show what an agent wrote to stdout and stderr.",
  details: "With --follow new lines are shown until Ctrl-C; together with --json each line is a document of its own.",
  positionals: [{ name: "AGENT", summary: "the agent's name" }],
  options: {
    follow: { type: "boolean", summary: "go on with new lines (-f)" },
    limit: { type: "string", value: "N", summary: "the newest N lines; default 100" },
  },
  examples: ["a2a logs echo", "a2a logs echo --follow", "a2a logs echo --limit 1000 --json"],
  run: logs,
};

async function logs(context: CommandContext): Promise<CommandResult> {
  const { args, platform } = context;
  const name = args.required("AGENT");
  const limit = args.integer("limit", { min: 1, max: 100_000 }) ?? 100;
  const { agents } = await platform();
  if (args.flag("follow")) return await follow(context, (signal) => agents.followLogs(name, { limit, signal }));
  const lines = await agents.logs(name, { limit });
  return { json: { lines }, text: lines.map((line) => lineText(line, context)).join("\n") };
}

async function follow(
  context: CommandContext,
  open: (signal: AbortSignal) => AsyncIterable<LogLine>,
): Promise<CommandResult> {
  const { io, json } = context;
  const stop = new AbortController();
  const unlisten = io.onInterrupt(() => stop.abort());
  try {
    for await (const line of open(stop.signal)) {
      io.stdout(`${json ? printableJson(line) : lineText(line, context)}\n`);
    }
  } catch (error) {
    // Ctrl-C is how following ends.
    if (!(stop.signal.aborted && error instanceof PlatformError && error.reason === "CANCELED")) throw error;
  } finally {
    unlisten();
  }
  return {};
}

function lineText({ at, instanceId, stream, text }: LogLine, { colors }: CommandContext): string {
  const shown = printable(text).trimEnd();
  return `${colors.dim(`${oneLine(at)} ${oneLine(instanceId).slice(-6)}`)} ${stream === "stderr" ? colors.yellow(shown) : shown}`;
}
