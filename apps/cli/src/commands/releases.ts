import type { ReleaseInfo, TrafficInfo, TrafficShareInfo } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandResult } from "../command.ts";
import { oneLine } from "../render/printable.ts";
import { fields, table } from "../render/table.ts";

const AGENT = { name: "AGENT", summary: "the agent's name" };
const VERSION = {
  version: { type: "string", value: "N", summary: "only when the traffic is still at this version" },
} as const;
const MAX_VERSION = 2_000_000_000;

const listCommand: Command = {
  name: "releases list",
  summary: "List an agent's releases: what each gets of the traffic and how it does.",
  positionals: [AGENT],
  options: {},
  examples: ["a2a releases list echo", "a2a releases list echo --json"],
  async run({ args, platform }) {
    const releases = await (await platform()).agents.releases(args.required("AGENT"));
    const heads = ["release", "version", "state", "traffic", "health", "calls", "failed", "made", "why"];
    return { json: { releases }, text: table(heads, releases.map(rowOf), "No releases.") };
  },
};

const promoteCommand: Command = {
  name: "promote",
  summary: "Give one release all of an agent's traffic.",
  details: "It is started first, and gets nothing unless it is up. A canary that runs ends.",
  positionals: [AGENT, { name: "RELEASE", summary: "the release's id" }],
  options: VERSION,
  examples: ["a2a promote echo rel_01…", "a2a promote echo rel_01… --version 7 --json"],
  async run({ args, platform }) {
    const { traffic } = await platform();
    const changed = await traffic.promote(args.required("AGENT"), args.required("RELEASE"), seenOf(args));
    return resultOf(changed);
  },
};

const rollbackCommand: Command = {
  name: "rollback",
  summary: "Give an agent's traffic back to the release before.",
  details: "While a canary runs, or the traffic is split, it goes back to the active release.",
  positionals: [AGENT, { name: "RELEASE", summary: "to this one", optional: true }],
  options: VERSION,
  examples: ["a2a rollback echo", "a2a rollback echo rel_01… --json"],
  async run({ args, platform }) {
    const { traffic } = await platform();
    return resultOf(await traffic.rollback(args.required("AGENT"), args.positional("RELEASE"), seenOf(args)));
  },
};

const trafficCommand: Command = {
  name: "traffic",
  summary: "Show or split an agent's traffic over its releases.",
  details: "Shares are percent and make 100 together. A conversation stays on its release while that keeps its share.",
  positionals: [AGENT, { name: "RELEASE=PERCENT", summary: "what each release gets", optional: true, repeats: true }],
  options: VERSION,
  examples: ["a2a traffic echo", "a2a traffic echo rel_01…=90 rel_02…=10"],
  async run({ args, platform }) {
    const { traffic } = await platform();
    const agent = args.required("AGENT");
    const shares = args.rest("RELEASE=PERCENT").map(parseShare);
    return resultOf(shares.length === 0 ? await traffic.get(agent) : await traffic.split(agent, shares, seenOf(args)));
  },
};

export const releasesCommands: readonly Command[] = [listCommand, promoteCommand, rollbackCommand, trafficCommand];

type Args = Parameters<Command["run"]>[0]["args"];

function seenOf(args: Args): { readonly version?: number } {
  const version = args.integer("version", { min: 0, max: MAX_VERSION });
  return version === undefined ? {} : { version };
}

function parseShare(text: string): TrafficShareInfo {
  const [, release = "", percent = ""] = /^([^=]+)=(\d{1,3}(?:\.\d{1,2})?)%?$/.exec(text) ?? [];
  if (release !== "") return { release, percent: Number(percent) };
  throw new UsageError(`"${text}" is no share.`, "Write RELEASE=PERCENT, such as rel_01…=90.");
}

function rowOf(each: ReleaseInfo): readonly string[] {
  const { completed, failed, other, reasons } = each.calls;
  const why = Object.entries(reasons).map(([reason, count]) => `${reason} ${count}`);
  return [
    each.release,
    each.version,
    each.active ? `${each.state} *` : each.state,
    `${each.percent}%`,
    each.health,
    String(completed + failed + other),
    failed === 0 ? "0" : `${failed} (${why.join(", ")})`,
    each.createdAt,
    oneLine(each.reason ?? ""),
  ];
}

function resultOf(traffic: TrafficInfo): CommandResult {
  const { agent, version, active, shares, canary, ended } = traffic;
  const last = ended.at(-1);
  const text = fields([
    ["agent", agent],
    ["version", String(version)],
    ["active", active],
    ["traffic", shares.map(({ release, percent }) => `${release} ${percent}%`).join(", ")],
    ...(canary === undefined ? [] : [["canary", `${canary.release} since ${canary.startedAt}`] as const]),
    ...(last === undefined
      ? []
      : [["last canary", `${last.release} ${last.outcome}: ${oneLine(last.reason)}`] as const]),
  ]);
  return { json: traffic, text };
}
