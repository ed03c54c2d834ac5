import { TaskState } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import { UsageError } from "../args/usage-error.ts";
import { nearest } from "../args/nearest.ts";
import type { Command } from "../command.ts";
import { collectPages } from "../platform/collect-pages.ts";
import { printableJson } from "../render/printable.ts";
import { fields, table } from "../render/table.ts";
import { describeArtifact, stateText } from "../run/describe-frame.ts";
import { outputOf, saidOf, textOf } from "../run/run-state.ts";

const TASK = { name: "TASK", summary: "the task's id" };
const EVENT_PAGE = 500;
const MAX_EVENTS = 10_000;

const listCommand: Command = {
  name: "tasks list",
  summary: "List tasks, the newest first.",
  positionals: [],
  options: {
    agent: { type: "string", value: "NAME", summary: "only tasks of this agent" },
    state: { type: "string", value: "STATE", summary: "only tasks in this state, such as working or input-required" },
    limit: { type: "string", value: "N", summary: "at most this many; default 50" },
  },
  examples: ["a2a tasks list", "a2a tasks list --agent echo --state failed --limit 5", "a2a tasks list --json"],
  async run({ args, platform }) {
    const limit = args.integer("limit", { min: 1, max: 10_000 }) ?? 50;
    const [agent, status] = [args.text("agent"), parseState(args.text("state"))];
    const filter = { ...(agent === undefined ? {} : { agent }), ...(status === undefined ? {} : { status }) };
    const { tasks } = await platform();
    let totalSize = 0;
    const all = await collectPages(async (page) => {
      const { tasks: items, nextPageToken, totalSize: total } = await tasks.list({ ...filter, ...page });
      totalSize = total;
      return { items, nextPageToken };
    }, limit);
    const rows = all.map(({ task, agent, createdAt }) => [task.id, agent, stateText(task.status.state), createdAt]);
    return { json: { tasks: all, totalSize }, text: table(["task", "agent", "state", "created"], rows, "No tasks.") };
  },
};

const showCommand: Command = {
  name: "tasks show",
  summary: "Show a task: its state, output and artifacts.",
  positionals: [TASK],
  options: {},
  examples: ["a2a tasks show task_01…", "a2a tasks show task_01… --json"],
  async run({ args, platform }) {
    const info = await (await platform()).tasks.get(args.required("TASK"));
    const { task } = info;
    const output = outputOf({ task });
    const text = fields([
      ["task", task.id],
      ["agent", info.agent],
      ["release", info.release],
      ["state", stateText(task.status.state)],
      ["said", saidOf({ task })],
      ["context", task.contextId],
      ["caller", info.principalId],
      ["created", info.createdAt],
      ["changed", task.status.timestamp],
      ["artifacts", (task.artifacts ?? []).map(describeArtifact).join(", ")],
    ]);
    return { json: info, text: output === null ? text : `${text}\noutput\n${printableJson(output, 2)}` };
  },
};

const cancelCommand: Command = {
  name: "tasks cancel",
  summary: "Cancel a task.",
  positionals: [TASK],
  options: {},
  examples: ["a2a tasks cancel task_01…"],
  async run({ args, platform }) {
    const task = await (await platform()).tasks.cancel(args.required("TASK"));
    return { json: { task }, text: `${task.id} is ${stateText(task.status.state)}.` };
  },
};

const eventsCommand: Command = {
  name: "tasks events",
  summary: "Show the log of a task, entry by entry.",
  positionals: [TASK],
  options: { after: { type: "string", value: "SEQ", summary: "only events after this one" } },
  examples: ["a2a tasks events task_01…", "a2a tasks events task_01… --after 3 --json"],
  async run({ args, platform }) {
    const { tasks } = await platform();
    let after = args.integer("after", { min: 0, max: Number.MAX_SAFE_INTEGER }) ?? 0;
    const events: TaskEvent[] = [];
    for (;;) {
      const page = await tasks.events(args.required("TASK"), { after, limit: EVENT_PAGE });
      events.push(...page);
      const last = page.at(-1);
      if (last === undefined || page.length < EVENT_PAGE || events.length >= MAX_EVENTS) break;
      after = last.seq;
    }
    const rows = events.map((event) => [event.seq, event.at, event.body.kind, describeEvent(event)]);
    return { json: { events }, text: table(["seq", "at", "kind", "what"], rows, "No events.") };
  },
};

export const tasksCommands: readonly Command[] = [listCommand, showCommand, cancelCommand, eventsCommand];

/** `input-required`, `INPUT_REQUIRED` and `TASK_STATE_INPUT_REQUIRED` are the same. */
function parseState(text: string | undefined): TaskState | undefined {
  if (text === undefined) return undefined;
  const wanted = text
    .toUpperCase()
    .replaceAll("-", "_")
    .replace(/^TASK_STATE_/, "");
  const found = Object.values(TaskState).find((state) => state === `TASK_STATE_${wanted}`);
  if (found !== undefined) return found;
  const known = Object.values(TaskState).map((state) => stateText(state).replaceAll(" ", "-"));
  const meant = nearest(text, known);
  throw new UsageError(
    `"${text}" is no state of a task.`,
    meant === undefined ? `They are ${known.join(", ")}.` : `Did you mean ${meant}?`,
  );
}

function describeEvent({ body }: TaskEvent): string {
  switch (body.kind) {
    case "accepted":
      return `${body.protocol} call of ${body.agentName} by ${body.principal.id}: ${body.erased === true ? "erased" : textOf(body.message.parts) || (body.skill ?? "")}`;
    case "message":
      return textOf(body.message.parts);
    case "reply":
      return textOf(body.message.parts);
    case "status":
      return [stateText(body.status.state), body.reason, textOf(body.status.message?.parts ?? [])]
        .filter(Boolean)
        .join(": ");
    case "artifact":
      return describeArtifact(body.artifact);
    case "instance":
      return [body.instanceId, body.phase, body.detail].filter(Boolean).join(" ");
    case "egress":
      return [`${body.decision} ${body.host}:${body.port}`, body.detail, body.rule && `allowed by ${body.rule}`]
        .filter(Boolean)
        .join("; ");
    case "file":
      return [`${body.op} ${body.path}`, body.outcome === "ok" ? undefined : body.outcome, body.reason]
        .filter(Boolean)
        .join(" ");
    case "memory":
      return [body.op, body.scope, body.itemId, body.outcome === "ok" ? undefined : body.outcome, body.reason]
        .filter(Boolean)
        .join(" ");
    case "grant":
      return [body.phase, body.grantId, `read ${body.read.join(" ")}`, body.write && `write ${body.write}`]
        .filter(Boolean)
        .join(" ");
    case "scope_request":
      return [body.phase, body.approvalId, body.read.join(" "), body.by && `by ${body.by}`].filter(Boolean).join(" ");
    case "call":
      return `${body.agentName} ${body.skill ?? ""} ${body.childTaskId}`;
    case "model":
      return [
        `${body.op} ${body.model}`,
        body.outcome === "ok" ? `${body.inputTokens} tokens in, ${body.outputTokens} out` : body.outcome,
        body.reason,
      ]
        .filter(Boolean)
        .join(", ");
    case "step":
      return [body.key, body.phase, body.error ?? body.until].filter(Boolean).join(" ");
    case "run":
      if (body.phase === "started" && body.atLeastOnce === true && body.reason !== undefined) {
        return `at least once: attempt ${body.execution} because ${body.reason}`;
      }
      return [`${body.phase} ${body.execution}`, body.reason ?? body.waits?.join(" ")].filter(Boolean).join(" ");
    case "erased":
      return body.was;
    case "upstream":
      return body.taskId;
    case "usage":
      return `${body.usage.inputTokens} tokens in, ${body.usage.outputTokens} out`;
    default:
      return body.name;
  }
}
