import type { DeploymentInfo, DeploymentLineInfo, DeploymentState, PlatformClient } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { duration } from "../render/duration.ts";
import { oneLine, printable } from "../render/printable.ts";
import { fields, table } from "../render/table.ts";
import { endOf, followSteps } from "./follow-deployment.ts";

const DEPLOYMENT = { name: "DEPLOYMENT", summary: "the deployment's id" };
const STATES = ["queued", "building", "pushing", "releasing", "healthy", "live", "failed", "canceled"] as const;
const PAGE = 1_000;

const listCommand: Command = {
  name: "deployments list",
  summary: "List deployments, the newest first.",
  positionals: [],
  options: {
    agent: { type: "string", value: "NAME", summary: "only of this agent" },
    status: { type: "string", value: "STATUS", summary: `one of ${STATES.join(", ")}` },
    limit: { type: "string", value: "N", summary: "at most N; default 20" },
  },
  examples: ["a2a deployments list", "a2a deployments list --agent echo --status failed --json"],
  async run({ args, platform }) {
    const agent = args.text("agent");
    const status = stateOf(args.text("status"));
    const limit = args.integer("limit", { min: 1, max: 100 });
    const deployments = await (
      await platform()
    ).deployments.list({
      ...(agent === undefined ? {} : { agent }),
      ...(status === undefined ? {} : { status }),
      ...(limit === undefined ? {} : { limit }),
    });
    const heads = ["deployment", "agent", "status", "source", "took", "begun", "why"];
    return { json: { deployments }, text: table(heads, deployments.map(rowOf), "No deployments.") };
  },
};

const showCommand: Command = {
  name: "deployments show",
  summary: "Show a deployment with its steps.",
  positionals: [DEPLOYMENT],
  options: {},
  examples: ["a2a deployments show dep_01…", "a2a deployments show dep_01… --json"],
  async run({ args, platform }) {
    const deployment = await (await platform()).deployments.get(args.required("DEPLOYMENT"));
    return { json: deployment, text: textOf(deployment) };
  },
};

const logsCommand: Command = {
  name: "deployments logs",
  summary: "Show everything a deployment said.",
  details: "Also of one that ended long ago. With --json each line is a document of its own.",
  positionals: [DEPLOYMENT],
  options: { follow: { type: "boolean", summary: "go on with new lines until its end (-f)" } },
  examples: ["a2a deployments logs dep_01…", "a2a deployments logs dep_01… --follow"],
  async run(context) {
    const client = await context.platform();
    const id = context.args.required("DEPLOYMENT");
    return context.args.flag("follow") ? await followLog(context, client, id) : await wholeLog(context, client, id);
  },
};

const cancelCommand: Command = {
  name: "deployments cancel",
  summary: "Cancel a deployment that has not ended.",
  positionals: [DEPLOYMENT],
  options: {},
  examples: ["a2a deployments cancel dep_01…"],
  async run({ args, platform }) {
    const deployment = await (await platform()).deployments.cancel(args.required("DEPLOYMENT"));
    return { json: deployment, text: textOf(deployment) };
  },
};

const retryCommand: Command = {
  name: "deployments retry",
  summary: "Do an ended deployment again, as a new one.",
  details: "It begins with the step that failed, as far as what the steps before it have made is still there.",
  positionals: [DEPLOYMENT],
  options: {
    from: { type: "string", value: "STEP", summary: "begin with this step, such as build" },
    detach: { type: "boolean", summary: "do not wait for its end" },
  },
  examples: ["a2a deployments retry dep_01…", "a2a deployments retry dep_01… --from fetch --detach --json"],
  async run(context) {
    const { args, io, platform } = context;
    const client = await platform();
    const from = args.text("from");
    const startedAt = io.now();
    const again = await client.deployments.retry(args.required("DEPLOYMENT"), from === undefined ? {} : { from });
    if (args.flag("detach")) return { json: again, text: textOf(again) };
    const stop = new AbortController();
    const unlisten = io.onInterrupt(() => stop.abort());
    try {
      const ended = await followSteps(context, client, again.deploymentId, stop.signal);
      return await endOf(context, client, ended, (io.now() - startedAt) / 1_000);
    } finally {
      unlisten();
    }
  },
};

export const deploymentsCommands: readonly Command[] = [
  listCommand,
  showCommand,
  logsCommand,
  cancelCommand,
  retryCommand,
];

function stateOf(text: string | undefined): DeploymentState | undefined {
  if (text === undefined) return undefined;
  const state = STATES.find((each) => each === text);
  if (state !== undefined) return state;
  throw new UsageError(`"${text}" is no status of a deployment.`, `Use one of ${STATES.join(", ")}.`);
}

async function wholeLog(context: CommandContext, client: PlatformClient, id: string): Promise<CommandResult> {
  let after = 0;
  for (;;) {
    const lines = await client.deployments.lines(id, { after, limit: PAGE });
    for (const line of lines) show(context, line);
    after = lines.at(-1)?.seq ?? after;
    if (lines.length < PAGE) return {};
  }
}

async function followLog(context: CommandContext, client: PlatformClient, id: string): Promise<CommandResult> {
  const stop = new AbortController();
  const unlisten = context.io.onInterrupt(() => stop.abort());
  try {
    for await (const update of client.deployments.follow(id, { signal: stop.signal })) {
      if (update.kind === "log") show(context, update.line);
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error;
  } finally {
    unlisten();
  }
  return {};
}

function show({ io, json, colors }: CommandContext, line: DeploymentLineInfo): void {
  if (json) io.stdout(`${JSON.stringify(line)}\n`);
  else io.stdout(`${colors.dim(line.at)} ${line.step.padEnd(12)} ${printable(line.text)}\n`);
}

function rowOf(each: DeploymentInfo): readonly string[] {
  return [
    each.deploymentId,
    each.agent ?? "",
    each.status,
    sourceOf(each),
    duration(Date.parse(each.updatedAt) - Date.parse(each.createdAt)),
    each.createdAt,
    oneLine(each.error?.message.split("\n")[0] ?? ""),
  ];
}

function sourceOf({ source, revision }: DeploymentInfo): string {
  if (revision !== undefined) return oneLine(`${revision.url} ${revision.commit.slice(0, 12)}`);
  const place = source?.["reference"] ?? source?.["url"];
  return oneLine(typeof place === "string" ? place : (source?.kind ?? ""));
}

function textOf(deployment: DeploymentInfo): string {
  const { deploymentId, agent, release, status, target, steps, error, retryOf } = deployment;
  const optional = (name: string, value: string | undefined): readonly (readonly [string, string])[] =>
    value === undefined ? [] : [[name, value]];
  return fields([
    ["deployment", deploymentId],
    ["agent", agent ?? "not known yet"],
    ["release", release ?? "none yet"],
    ["status", status],
    ["source", sourceOf(deployment)],
    ...optional("target", target),
    ...optional("retry of", retryOf),
    ...steps.map(
      (step) => [step.name, `${step.status}${step.ms === undefined ? "" : ` ${duration(step.ms)}`}`] as const,
    ),
    ...optional("error", error === undefined ? undefined : oneLine(`${error.message} (${error.reason})`)),
  ]);
}
