import type { AgentInfo } from "@berth/sdk/client";
import type { Command, CommandContext } from "../command.ts";
import { collectPages } from "../platform/collect-pages.ts";
import { confirm } from "../platform/confirm.ts";
import { oneLine } from "../render/printable.ts";
import { fields, table } from "../render/table.ts";
import { agentsAcceptCommand } from "./agents-accept.ts";
import { describeDrift } from "../render/drift.ts";

const AGENT = { name: "AGENT", summary: "the agent's name" };

const listCommand: Command = {
  name: "agents list",
  summary: "List the agents.",
  positionals: [],
  options: {
    tag: { type: "string", value: "TAG", multiple: true, summary: "only agents with this tag" },
    skill: { type: "string", value: "ID", summary: "only agents with this skill" },
    query: { type: "string", value: "TEXT", summary: "only agents whose name or description has this text" },
  },
  examples: ["a2a agents list", "a2a agents list --tag csv --json"],
  async run({ args, platform }) {
    const { agents } = await platform();
    const [skill, q, tag] = [args.text("skill"), args.text("query"), args.texts("tag")];
    const filter = { tag, ...(skill === undefined ? {} : { skill }), ...(q === undefined ? {} : { q }) };
    const all = await collectPages(async (page) => {
      const { agents: items, nextPageToken } = await agents.list({ ...filter, ...page });
      return { items, nextPageToken };
    });
    const rows = all.map((agent) => [
      agent.name,
      agent.kind,
      agent.version,
      stateText(agent),
      idsOf(agent),
      agent.description,
    ]);
    const text = table(
      ["name", "kind", "version", "state", "skills", "description"],
      rows,
      "No agents yet. `a2a deploy` makes one, `a2a import` brings one in.",
    );
    return { json: { agents: all }, text };
  },
};

const showCommand: Command = {
  name: "agents show",
  summary: "Show an agent: its skills, addresses and instances.",
  positionals: [AGENT],
  options: {},
  examples: ["a2a agents show echo", "a2a agents show echo --json"],
  async run({ args, platform, colors }) {
    const agent = await (await platform()).agents.get(args.required("AGENT"));
    return { json: agent, text: describe(agent, colors.bold) };
  },
};

const wakesCommand: Command = {
  name: "agents wakes",
  summary: "Show who woke an agent and why: the last starts of its instances.",
  positionals: [AGENT],
  options: { limit: { type: "string", value: "N", summary: "how many, 1 to 100 (default 20)" } },
  examples: ["a2a agents wakes echo", "a2a agents wakes echo --limit 50 --json"],
  async run({ args, platform }) {
    const limit = args.integer("limit", { min: 1, max: 100 });
    const { agents } = await platform();
    const wakes = await agents.wakes(args.required("AGENT"), limit === undefined ? {} : { limit });
    const rows = wakes.map(({ at, reason, by, outcome, detail, roomMs, startMs, release, taskId }) => [
      at,
      reason,
      by ?? "",
      detail === undefined ? outcome : `${outcome}: ${detail}`,
      roomMs,
      startMs,
      release,
      taskId ?? "",
    ]);
    const head = ["at", "reason", "by", "outcome", "room ms", "start ms", "release", "task"];
    return { json: { wakes }, text: table(head, rows, "Nothing woke it since the platform started.") };
  },
};

const removeCommand: Command = {
  name: "agents remove",
  summary: "Remove an agent. Its tasks and receipts stay.",
  positionals: [AGENT],
  options: {
    yes: { type: "boolean", summary: "do not ask" },
    abandon: { type: "boolean", summary: "leave what runs on its target there" },
  },
  examples: ["a2a agents remove echo", "a2a agents remove echo --yes --json", "a2a agents remove echo --abandon"],
  async run(context) {
    const name = context.args.required("AGENT");
    const { agents } = await context.platform();
    // Looked up first: asking whether to remove what is not there would be odd.
    await agents.get(name);
    await confirm(context, `Remove ${name}? Calls to it will fail.`);
    await agents.remove(name, { abandon: context.args.flag("abandon") });
    return { json: { agent: name, removed: true }, text: `Removed ${name}.` };
  },
};

export const agentsCommands: readonly Command[] = [
  listCommand,
  showCommand,
  wakesCommand,
  agentsAcceptCommand,
  removeCommand,
];

function describe(agent: AgentInfo, bold: CommandContext["colors"]["bold"]): string {
  const head = fields([
    ["name", agent.name],
    ["description", agent.description],
    ["version", agent.version],
    ["release", agent.release],
    ["state", stateText(agent)],
    ...describeHealth(agent.health),
    ["visibility", agent.visibility],
    ["tags", agent.tags.join(", ")],
    ...(agent.remote === undefined ? isolationOf(agent) : describeRemote(agent.remote)),
    ["url", agent.url],
    ["card", agent.cardUrl],
    ["mcp", agent.mcpUrl],
    ["app", agent.appUrl ?? ""],
    ["updated", agent.updatedAt],
  ]);
  const skills = agent.skills.map(({ id, description, inputSchema }) => {
    const names = Object.keys(inputSchema?.properties ?? {});
    return `  ${bold(oneLine(id, 64))}${names.length === 0 ? "" : ` ${oneLine(`{${names.join(", ")}}`)}`}  ${oneLine(description)}`;
  });
  const instances = agent.instances.map(({ instanceId, state, activeCalls, startedAt }) => [
    instanceId,
    state,
    activeCalls,
    startedAt,
  ]);
  const output = agent.health?.output ?? "";
  return [
    head,
    ...(output === "" ? [] : ["", "last output", ...output.split("\n").map((line) => `  ${oneLine(line)}`)]),
    ...(skills.length === 0 ? [] : ["", "skills", ...skills]),
    ...(instances.length === 0 ? [] : ["", table(["instance", "state", "calls", "started"], instances, "")]),
  ].join("\n");
}

function describeHealth(health: AgentInfo["health"]): readonly (readonly [string, string])[] {
  if (health === undefined) return [];
  const { state, restarts, reason, since, detail, retryAt } = health;
  const why = [reason, detail === undefined ? undefined : oneLine(detail, 200)].filter((part) => part !== undefined);
  return [
    ...(state === "failing" || state === "crashlooping"
      ? [["health", retryAt === undefined ? state : `${state}; the next start may be tried at ${retryAt}`] as const]
      : []),
    ...(reason === undefined ? [] : [["last fault", `${since ?? ""}: ${why.join(": ")}`] as const]),
    ...(restarts === 0 ? [] : [["restarts", String(restarts)] as const]),
  ];
}

/** Whose machine an attached agent runs on belongs to its state. */
function stateText({ state, attached }: AgentInfo): string {
  if (attached === undefined || attached.machine === null) return state;
  return `${state} ${state === "attached" ? "on" : "from"} ${oneLine(attached.machine, 60)} since ${attached.since ?? "?"}`;
}

function isolationOf({ kind, trusted }: AgentInfo): readonly (readonly [string, string])[] {
  if (kind === "attached") return [["isolation", "none: a developer's machine"]];
  return [["isolation", trusted ? "none: deployed with --trust" : "sandbox"]];
}

function describeRemote(
  remote: NonNullable<AgentInfo["remote"]>,
): readonly (readonly [string, string | null | undefined])[] {
  const { protocolBinding, protocolVersion, url } = remote.interface;
  return [
    ["runs at", `${url} (${protocolBinding} ${protocolVersion})`],
    ["its card", remote.cardUrl],
    ["card digest", remote.cardDigest],
    ["checked", remote.problem === undefined ? remote.checkedAt : `${remote.checkedAt}: ${remote.problem}`],
    ...(remote.drift === undefined ? [] : [["changed", describeDrift(remote.drift)] as const]),
  ];
}

function idsOf({ skills }: AgentInfo): string {
  return skills.map(({ id }) => id).join(", ");
}
