import { PlatformError, REASONS } from "@berth/protocol";
import type { Reason } from "@berth/protocol";
import type { LogLine, PlacementLogLine, PlatformClient } from "@berth/sdk/client";
import { levelOf } from "@berth/telemetry/severity";
import type { StoredLog } from "@berth/telemetry";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { oneLine, printable, printableJson } from "../render/printable.ts";
import { timeOf } from "../render/time.ts";

export const logsCommand: Command = {
  name: "logs",
  summary: "Show what agents and the platform have logged.",
  details:
    "With an AGENT alone: what its instances wrote to stdout and stderr; of one on a target, what the target has of the last hour. With --query, or without AGENT: the log lines of all there is, also what agents sent over OpenTelemetry; a query looks like level:error agent:planner -noise since:15m. With --follow new lines are shown until Ctrl-C; together with --json each line is a document of its own.",
  positionals: [{ name: "AGENT", optional: true, summary: "the agent's name; default: all" }],
  options: {
    query: { type: "string", value: "QUERY", summary: 'such as "level:>=warn timeout since:1h" (-q)' },
    follow: { type: "boolean", summary: "go on with new lines (-f)" },
    limit: { type: "string", value: "N", summary: "the newest N lines; default 100" },
  },
  examples: [
    "a2a logs echo",
    "a2a logs echo --follow",
    'a2a logs --query "level:error since:1h"',
    'a2a logs planner --query "tool:search -cached" --follow --json',
  ],
  run: logs,
};

async function logs(context: CommandContext): Promise<CommandResult> {
  const { args, platform } = context;
  const name = args.positional("AGENT");
  const query = args.text("query");
  const client = await platform();
  if (name === undefined || query !== undefined) return await search(context, client, queryFor(name, query));
  const limit = args.integer("limit", { min: 1, max: 100_000 }) ?? 100;
  const show = (line: AgentLine): string =>
    "instanceId" in line ? lineText(line, context) : `${context.colors.dim(oneLine(line.at))} ${shown(line.text)}`;
  if (args.flag("follow")) {
    return await follow(context, (signal) => followAgent(client, name, { limit, signal }), show);
  }
  const { target } = await client.agents.get(name);
  const lines =
    target === undefined ? await client.agents.logs(name, { limit }) : await newest(client.targets.logs(name), limit);
  return { json: { lines }, text: lines.map(show).join("\n") };
}

/** Of an instance here, or of what runs on a target. */
type AgentLine = LogLine | PlacementLogLine;

async function* followAgent(
  { agents, targets }: PlatformClient,
  name: string,
  { limit, signal }: { readonly limit: number; readonly signal: AbortSignal },
): AsyncGenerator<AgentLine> {
  const { target } = await agents.get(name, { signal });
  if (target === undefined) yield* agents.followLogs(name, { limit, signal });
  else yield* targets.logs(name, { follow: true }, { signal });
}

async function newest<L>(all: AsyncIterable<L>, limit: number): Promise<readonly L[]> {
  const lines: L[] = [];
  for await (const line of all) {
    lines.push(line);
    if (lines.length > limit) lines.shift();
  }
  return lines;
}

function shown(text: string): string {
  return printable(text).trimEnd();
}

function queryFor(agent: string | undefined, query = ""): string {
  return agent === undefined ? query : `agent:${agent} ${query}`.trim();
}

async function search(context: CommandContext, { telemetry }: PlatformClient, q: string): Promise<CommandResult> {
  const limit = context.args.integer("limit", { min: 1, max: 1_000 }) ?? 100;
  const page = await telemetry.logs({ q, limit });
  const found = page.logs.toReversed();
  if (!context.args.flag("follow")) {
    return { json: { logs: found }, text: found.map((log) => logText(log, context)).join("\n") || "No lines." };
  }
  const after = found.at(-1)?.id ?? 0;
  const all = async function* (signal: AbortSignal): AsyncGenerator<StoredLog | Skipped> {
    yield* found;
    for await (const event of telemetry.live([{ id: "logs", topic: "logs", query: q, after }], { signal })) {
      if (event.type === "event") yield* event.logs ?? [];
      else if (event.type === "gap") yield { skipped: event.skipped };
      else if (event.type === "error") throw refusal(event.error);
    }
  };
  return await follow(context, all, (log) =>
    "skipped" in log ? context.colors.yellow(`… ${log.skipped} lines were left out`) : logText(log, context),
  );
}

/** The platform's own words and reason, unless it is a newer one that has others. */
function refusal({ reason, detail }: { readonly reason: string; readonly detail: string }): PlatformError {
  return new PlatformError(isReason(reason) ? reason : "INTERNAL", detail);
}

function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}

interface Skipped {
  readonly skipped: number;
}

async function follow<L>(
  context: CommandContext,
  open: (signal: AbortSignal) => AsyncIterable<L>,
  show: (line: L) => string,
): Promise<CommandResult> {
  const { io, json } = context;
  const stop = new AbortController();
  const unlisten = io.onInterrupt(() => stop.abort());
  try {
    for await (const line of open(stop.signal)) io.stdout(`${json ? printableJson(line) : show(line)}\n`);
  } catch (error) {
    // Ctrl-C is how following ends.
    if (!(stop.signal.aborted && error instanceof PlatformError && error.reason === "CANCELED")) throw error;
  } finally {
    unlisten();
  }
  return {};
}

function lineText({ at, instanceId, stream, text }: LogLine, { colors }: CommandContext): string {
  const plain = shown(text);
  return `${colors.dim(`${oneLine(at)} ${oneLine(instanceId).slice(-6)}`)} ${stream === "stderr" ? colors.yellow(plain) : plain}`;
}

function logText({ atUs, severity, agent, body }: StoredLog, { colors }: CommandContext): string {
  const level = levelOf(severity);
  const text = printable(body).trimEnd();
  const mark = `${level.padEnd(5)} ${oneLine(agent ?? "berth", 30)}`;
  const color = level === "error" || level === "fatal" ? colors.red : level === "warn" ? colors.yellow : colors.dim;
  return `${colors.dim(timeOf(atUs))} ${color(mark)} ${text}`;
}
