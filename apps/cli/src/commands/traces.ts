import type { TraceDetail } from "@berth/sdk/client";
import type { Command, CommandContext } from "../command.ts";
import { duration } from "../render/duration.ts";
import { oneLine } from "../render/printable.ts";
import { spanTree } from "../render/span-tree.ts";
import { table } from "../render/table.ts";
import { timeOf } from "../render/time.ts";

const listCommand: Command = {
  name: "traces list",
  summary: "List traces, newest first.",
  details: "A trace is listed when one of its spans matches, such as tool:search, dur:>2s or status:error.",
  positionals: [
    { name: "QUERY", optional: true, repeats: true, summary: "such as status:error agent:planner since:1h" },
  ],
  options: { limit: { type: "string", value: "N", summary: "at most N; default 20" } },
  examples: [
    "a2a traces list",
    "a2a traces list status:error since:1h",
    'a2a traces list "dur:>2s agent:planner" --json',
  ],
  async run({ args, platform }) {
    const limit = args.integer("limit", { min: 1, max: 1_000 }) ?? 20;
    const q = args.rest("QUERY").join(" ");
    const { traces } = await (await platform()).telemetry.traces({ q, limit });
    const rows = traces.map(({ traceId, rootName, agent, startUs, durationUs, spans, errors }) => [
      traceId,
      timeOf(startUs),
      rootName,
      agent,
      duration(durationUs / 1_000),
      spans,
      errors === 0 ? "" : errors,
    ]);
    const columns = ["trace", "began", "name", "agent", "took", "spans", "errors"];
    return { json: { traces }, text: table(columns, rows, "No traces.") };
  },
};

const showCommand: Command = {
  name: "traces show",
  summary: "Show a trace as a tree, with how long each part took.",
  positionals: [{ name: "TRACE", summary: "the trace's id, or the id of a task" }],
  options: {},
  examples: ["a2a traces show 4bf92f3577b34da6a3ce929d0e0e4736", "a2a traces show task_01… --json"],
  async run(context) {
    const id = context.args.required("TRACE");
    const { telemetry } = await context.platform();
    if (id.startsWith("task_")) {
      const { spans, truncated } = await telemetry.ofTask(id);
      return { json: { spans, truncated }, text: textOf({ spans, truncated }, context) };
    }
    const trace = await telemetry.trace(id);
    const others =
      trace.siblings.length === 0
        ? ""
        : `\n\nOther traces of its tasks: ${trace.siblings.map((each) => oneLine(each)).join(", ")}`;
    return { json: trace, text: textOf(trace, context) + others };
  },
};

export const tracesCommands: readonly Command[] = [listCommand, showCommand];

function textOf({ spans, truncated }: Pick<TraceDetail, "spans" | "truncated">, { colors }: CommandContext): string {
  if (spans.length === 0) return "No spans.";
  return spanTree(spans, colors) + (truncated ? "\n… and more spans than are shown" : "");
}
