import type { ApprovalDetail, ApprovalInfo, DecisionRequest } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { oneLine } from "../render/printable.ts";
import { table } from "../render/table.ts";

const APPROVAL = { name: "APPROVAL", summary: "the request's id, apr_…" };
const MAX_REASON_LINES = 20;
const STATES = ["pending", "approved", "denied", "expired", "canceled"] as const;

const listCommand: Command = {
  name: "approvals list",
  summary: "List what runs ask for beyond their grants.",
  positionals: [],
  options: {
    state: { type: "string", value: "STATE", summary: `${STATES.join(", ")}, or all; default pending` },
    task: { type: "string", value: "TASK", summary: "only of this task" },
  },
  examples: ["a2a approvals list", "a2a approvals list --state all --json"],
  async run({ args, platform }) {
    const state = parseState(args.text("state") ?? "pending");
    const task = args.text("task");
    const approvals = await (
      await platform()
    ).approvals.list({
      ...(state === undefined ? {} : { state }),
      ...(task === undefined ? {} : { task }),
    });
    const rows = approvals.map(({ id, agent, state: now, read, reason, expiresAt }) => [
      id,
      agent,
      now,
      read.join(" "),
      reason,
      expiresAt,
    ]);
    const none = state === "pending" ? "Nothing waits for an answer." : "No requests.";
    return { json: { approvals }, text: table(["id", "agent", "state", "read", "reason", "until"], rows, none) };
  },
};

const showCommand: Command = {
  name: "approvals show",
  summary: "Show a request, with the files that its globs match at this moment.",
  positionals: [APPROVAL],
  options: {},
  examples: ["a2a approvals show apr_01…"],
  async run({ args, platform }) {
    const approval = await (await platform()).approvals.get(args.required("APPROVAL"));
    return { json: approval, text: describe(approval) };
  },
};

const approveCommand: Command = {
  name: "approvals approve",
  summary: "Allow a run what it asks for, or less. Not by whoever made the call.",
  positionals: [APPROVAL],
  options: {
    once: { type: "boolean", summary: "for at most 15 minutes, not for the rest of the task" },
    read: { type: "string", value: "GLOB", multiple: true, summary: "only this, within what was asked for" },
    note: { type: "string", value: "TEXT", summary: "kept with the decision" },
    yes: { type: "boolean", summary: "do not ask" },
  },
  examples: ["a2a approvals approve apr_01…", "a2a approvals approve apr_01… --read 'reports/2026/**' --once"],
  async run(context) {
    const { args } = context;
    const id = args.required("APPROVAL");
    const { approvals } = await context.platform();
    const shown = await approvals.get(id);
    context.progress(describe(shown));
    await confirm(context, `Allow this to ${oneLine(shown.agent)}?`);
    const read = args.texts("read");
    const note = args.text("note");
    const decision: DecisionRequest = {
      decision: "approve",
      extent: args.flag("once") ? "once" : "task",
      ...(read.length === 0 ? {} : { read }),
      ...(note === undefined ? {} : { note }),
    };
    const decided = await approvals.decide(id, decision);
    return { json: decided, text: oneLine(`Approved ${id}: ${allowedText(decided)}.`) };
  },
};

const denyCommand: Command = {
  name: "approvals deny",
  summary: "Refuse a run what it asks for.",
  positionals: [APPROVAL],
  options: { note: { type: "string", value: "TEXT", summary: "told to the agent" } },
  examples: ["a2a approvals deny apr_01… --note 'not this quarter'"],
  async run({ args, platform }) {
    const id = args.required("APPROVAL");
    const note = args.text("note");
    const decided = await (
      await platform()
    ).approvals.decide(id, {
      decision: "deny",
      ...(note === undefined ? {} : { note }),
    });
    return { json: decided, text: `Denied ${id}.` };
  },
};

const policiesCommand: Command = {
  name: "approvals policies",
  summary: "List the rules that answer requests without a person.",
  positionals: [],
  options: {},
  examples: ["a2a approvals policies"],
  async run({ platform }) {
    const policies = await (await platform()).approvals.policies();
    const rows = policies.map(({ id, agent = "every agent", read, maxFiles, maxBytes, extent }) => [
      id,
      agent,
      read.join(" "),
      String(maxFiles),
      String(maxBytes),
      extent,
    ]);
    const head = ["id", "agent", "read", "files", "bytes", "extent"];
    return { json: { policies }, text: table(head, rows, "No policies: a person answers every request.") };
  },
};

const allowCommand: Command = {
  name: "approvals allow",
  summary: "Approve narrow reads without a person from now on.",
  positionals: [{ name: "GLOB", summary: "requests within this are approved" }],
  options: {
    agent: { type: "string", value: "AGENT", summary: "only of this agent" },
    files: { type: "string", value: "N", summary: "while it matches at most so many files; default 100" },
    bytes: { type: "string", value: "N", summary: "and at most so many bytes; default 100 MiB" },
    once: { type: "boolean", summary: "for at most 15 minutes each" },
  },
  examples: ["a2a approvals allow 'public/**' --agent csv-analyst"],
  async run({ args, platform }) {
    const agent = args.text("agent");
    const [files, bytes] = [args.text("files"), args.text("bytes")];
    const policy = await (
      await platform()
    ).approvals.addPolicy({
      read: [args.required("GLOB")],
      extent: args.flag("once") ? "once" : "task",
      ...(agent === undefined ? {} : { agent }),
      ...(files === undefined ? {} : { maxFiles: Number(files) }),
      ...(bytes === undefined ? {} : { maxBytes: Number(bytes) }),
    });
    return { json: policy, text: oneLine(`Requests within ${policy.read.join(" ")} are approved (${policy.id}).`) };
  },
};

const forbidCommand: Command = {
  name: "approvals disallow",
  summary: "Remove a rule; what it has approved stays approved.",
  positionals: [{ name: "POLICY", summary: "the rule's id, pol_…" }],
  options: {},
  examples: ["a2a approvals disallow pol_01…"],
  async run({ args, platform }) {
    const id = args.required("POLICY");
    await (await platform()).approvals.removePolicy(id);
    return { json: { policy: id, removed: true }, text: oneLine(`Removed ${id}.`) };
  },
};

export const approvalsCommands: readonly Command[] = [
  listCommand,
  showCommand,
  approveCommand,
  denyCommand,
  policiesCommand,
  allowCommand,
  forbidCommand,
];

/** Each value on a line of its own, made safe: what an agent says must not look like what the platform says. */
function describe(approval: ApprovalDetail): string {
  const { id, agent, taskId, requesterId, read, write, reason, state, expiresAt, matches, decision, objection } =
    approval;
  const line = (name: string, value: string, max = 1_100): string => `${name.padEnd(9)}${oneLine(value, max)}`;
  return [
    line("request", `${id} (${state}, until ${expiresAt})`),
    line("agent", `${agent}, in task ${taskId} of ${requesterId}`),
    ...read.map((glob) => line("read", glob)),
    ...(write === undefined ? [] : [line("write", write)]),
    line("matches", `${counted(matches.count, "file")}, ${counted(matches.bytes, "byte")} now`),
    ...matches.files.map(({ path, bytes }) => line("", `${bytes} bytes ${path}`)),
    ...(matches.more ? [line("", "…")] : []),
    ...(decision === undefined
      ? []
      : [line("decided", `by ${decision.by} at ${decision.at}: ${allowedText(approval)}`)]),
    ...(objection === undefined ? [] : [`not yours to decide: ${oneLine(objection)}`]),
    "the agent says:",
    ...reason.split("\n", MAX_REASON_LINES).map((text) => `  | ${oneLine(text, 300)}`),
  ].join("\n");
}

function allowedText({ state, decision }: ApprovalInfo): string {
  const { read = [], write, extent } = decision ?? {};
  const what = [...read, ...(write === undefined ? [] : [`write ${write}`])].join(" ");
  return `${state} ${what}${extent === undefined ? "" : ` (${extent})`}`;
}

function parseState(text: string): (typeof STATES)[number] | undefined {
  if (text === "all") return undefined;
  const state = STATES.find((known) => known === text);
  if (state !== undefined) return state;
  throw new UsageError(`"${text}" is no state of a request.`, `They are ${STATES.join(", ")}, or all.`);
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
