import { readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { UsageError } from "../args/usage-error.ts";
import type { CommandContext, CommandResult } from "../command.ts";
import { showPlan } from "./targets-plan.ts";

/**
 * What deploying the folder's agent to the target would send: of its active release, or of the one that `--release` names.
 * @throws UsageError
 */
export async function deployPlan(context: CommandContext): Promise<CommandResult> {
  const { args, io } = context;
  const target = args.text("target");
  if (target === undefined) throw new UsageError("A plan is made for a target.", "Add --target NAME.");
  const agent = args.text("name") ?? (await nameIn(resolve(io.cwd, args.positional("DIR") ?? ".")));
  if (agent === undefined) throw new UsageError("The folder's berth.json names no agent.", "Add --name NAME.");
  return await showPlan(context, { target, agent });
}

async function nameIn(folder: string): Promise<string | undefined> {
  try {
    const config: unknown = JSON.parse(await readFile(join(folder, "berth.json"), "utf8"));
    const name = typeof config === "object" && config !== null && "name" in config ? config.name : undefined;
    return typeof name === "string" ? name : undefined;
  } catch {
    return undefined;
  }
}
