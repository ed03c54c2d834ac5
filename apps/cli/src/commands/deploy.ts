import { basename, resolve } from "node:path";
import { packFolder } from "@berth/deploy/pack";
import { PlatformError } from "@berth/protocol";
import type { DeploymentInfo, NewDeployment, PlatformClient } from "@berth/sdk/client";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { fields } from "../render/table.ts";
import { deployPlan } from "./deploy-plan.ts";
import { deploySource } from "./deploy-source.ts";
import type { DeploySource } from "./deploy-source.ts";
import { endOf, followSteps, showStep } from "./follow-deployment.ts";

export const deployCommand: Command = {
  name: "deploy",
  summary: "Build the agent in a folder, a git repository or an image and make it live.",
  details:
    "What .gitignore and .berthignore name, node_modules, .env files and private keys stay on this machine. Ctrl-C cancels. A repository is named as URL#REF:PATH; REF and PATH may be left out.",
  positionals: [
    {
      name: "DIR",
      optional: true,
      summary: "the agent's folder, a .wasm file, or the URL of a git repository; default: the current folder",
    },
  ],
  options: {
    name: { type: "string", value: "NAME", summary: "the agent's name; default: that of berth.json or its card" },
    image: { type: "string", value: "REF", summary: "this image of a registry; needs --name" },
    credential: { type: "string", value: "SECRET", summary: "the secret that opens the repository or the registry" },
    target: { type: "string", value: "NAME", summary: "where it runs; default: on the platform itself" },
    plan: { type: "boolean", summary: "deploy nothing: show what --target would be sent for the agent's release" },
    release: { type: "string", value: "ID", summary: "of --plan; default: the active one" },
    out: { type: "string", value: "DIR", summary: "write the plan's files there, such as manifests" },
    detach: { type: "boolean", summary: "do not wait for its end" },
    "no-traffic": { type: "boolean", summary: "make and check the release; `a2a promote` gives it traffic" },
    canary: { type: "string", value: "PERCENT", summary: "try it on 1 to 50 percent of the traffic; 0: all at once" },
    "skip-evals": { type: "boolean", summary: "without asking the gate of berth.json; needs admin, and is audited" },
    trust: { type: "boolean", summary: "run it outside the sandbox: only for code you wrote yourself" },
  },
  examples: [
    "a2a deploy",
    "a2a deploy examples/echo",
    "a2a deploy ./agent --name fx --json",
    "a2a deploy agent.wasm",
    "a2a deploy --canary 10",
    "a2a deploy https://git.example/team/agents.git#main:echo",
    "a2a deploy --target production --plan --out manifests",
    "a2a deploy --image ghcr.io/acme/echo:1.0 --name echo --detach",
  ],
  run: deploy,
};

async function deploy(context: CommandContext): Promise<CommandResult> {
  const { args, io } = context;
  if (args.flag("plan")) return await deployPlan(context);
  const source = deploySource(args);
  const startedAt = io.now();
  const stop = new AbortController();
  let cancel = (): void => stop.abort();
  const unlisten = io.onInterrupt(() => cancel());
  try {
    const code = await codeOf(context, source, stop.signal);
    const platform = await context.platform();
    const started = await platform.deployments.create({ ...optionsOf(args), source: code }, { signal: stop.signal });
    if (args.flag("detach")) return accepted(started);
    cancel = () => cancelDeployment(context, platform, started.deploymentId, stop);
    const ended = await followSteps(context, platform, started.deploymentId, stop.signal);
    return await endOf(context, platform, ended, (io.now() - startedAt) / 1_000);
  } catch (error) {
    if (stop.signal.aborted) {
      throw new PlatformError("DEPLOY_CANCELED", `Deploying ${labelOf(context, source)} was canceled.`, {
        cause: error,
      });
    }
    throw error;
  } finally {
    unlisten();
  }
}

async function codeOf(
  context: CommandContext,
  source: DeploySource,
  signal: AbortSignal,
): Promise<NewDeployment["source"]> {
  if ("remote" in source) return source.remote;
  const { io } = context;
  const startedAt = io.now();
  const packed = await packFolder(resolve(io.cwd, source.folder), { signal });
  const kib = Math.ceil(packed.archive.length / 1024);
  const note = ` (${packed.files} files, ${kib} KiB)`;
  showStep(context, { name: "pack", status: "done", ms: io.now() - startedAt }, note);
  return packed.archive;
}

function optionsOf(args: CommandContext["args"]): Omit<NewDeployment, "source"> {
  const name = args.text("name");
  const target = args.text("target");
  const canaryPercent = args.integer("canary", { min: 0, max: 50 });
  return {
    trust: args.flag("trust"),
    skipEvals: args.flag("skip-evals"),
    ...(name === undefined ? {} : { name }),
    ...(target === undefined ? {} : { target }),
    ...(args.flag("no-traffic") ? { traffic: "none" as const } : {}),
    ...(canaryPercent === undefined ? {} : { canaryPercent }),
  };
}

function accepted({ deploymentId, status }: DeploymentInfo): CommandResult {
  const text = fields([
    ["deployment", deploymentId],
    ["status", status],
    ["follow", `a2a deployments logs ${deploymentId} --follow`],
  ]);
  return { json: { deploymentId, status }, text };
}

function labelOf({ io }: CommandContext, source: DeploySource): string {
  if ("folder" in source) return basename(resolve(io.cwd, source.folder));
  return source.remote.kind === "git" ? source.remote.url : source.remote.reference;
}

function cancelDeployment(context: CommandContext, platform: PlatformClient, id: string, stop: AbortController): void {
  context.progress("canceling the deployment");
  // Its `done` event ends the stream; when even this fails, waiting makes no sense.
  platform.deployments.cancel(id, { timeoutMs: 10_000 }).catch(() => stop.abort());
}
