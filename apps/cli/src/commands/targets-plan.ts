import { mkdir, writeFile } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import type { TargetPlan } from "@berth/sdk/client";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { oneLine, printable } from "../render/printable.ts";

const MARKS = { create: "+", update: "~", delete: "-", unchanged: " " } as const;

export const planCommand: Command = {
  name: "targets plan",
  summary: "Show what deploying a release to a target would send and change; sends none of it.",
  details:
    "Of an agent that runs there it shows what others have changed since. With --out the files are written, to be read, kept in git or applied by other hands.",
  positionals: [
    { name: "NAME", summary: "the target's name" },
    { name: "AGENT", summary: "the agent's name" },
  ],
  options: {
    release: { type: "string", value: "ID", summary: "default: the active one" },
    out: { type: "string", value: "DIR", summary: "write the files there" },
  },
  examples: ["a2a targets plan production echo", "a2a targets plan production echo --out manifests"],
  run: async (context) => {
    const { args } = context;
    return await showPlan(context, { target: args.required("NAME"), agent: args.required("AGENT") });
  },
};

/** Of the release that `--release` names; the files go where `--out` says. */
export async function showPlan(
  { args, io, platform }: CommandContext,
  { target, agent }: { readonly target: string; readonly agent: string },
): Promise<CommandResult> {
  const release = args.text("release");
  const out = args.text("out");
  const wanted = { agent, ...(release === undefined ? {} : { release }) };
  const plan = await (await platform()).targets.plan(target, wanted);
  const written = out === undefined ? [] : await writeFiles(plan, resolve(io.cwd, out));
  const text = [
    ...plan.changes.flatMap(changeText),
    ...plan.calls.map(({ purpose }) => `→ ${printable(purpose)}`),
    ...plan.warnings.map((warning) => `! ${printable(warning)}`),
    ...written.map((path) => `wrote ${printable(path)}`),
  ];
  return { json: { ...plan, ...(out === undefined ? {} : { written }) }, text: text.join("\n") };
}

function changeText({ resource, change, differences, drift }: TargetPlan["changes"][number]): readonly string[] {
  return [
    `${MARKS[change]} ${oneLine(resource)}${change === "unchanged" ? " (as it is)" : ""}`,
    ...(drift === undefined ? [] : [`    ${oneLine(drift)}`]),
    ...differences.map(({ path, is, wanted }) => `    ${oneLine(path)}: ${shortJson(is)} → ${shortJson(wanted)}`),
  ];
}

function shortJson(value: unknown): string {
  return oneLine(JSON.stringify(value) ?? "nothing", 80);
}

/** The platform's names for files are names only: nothing is written beside the folder. */
async function writeFiles({ files }: TargetPlan, folder: string): Promise<readonly string[]> {
  await mkdir(folder, { recursive: true });
  const written: string[] = [];
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, basename(name));
    await writeFile(path, content);
    written.push(path);
  }
  return written;
}
