import { basename, resolve } from "node:path";
import { packFolder } from "@berth/deploy/pack";
import { PlatformError } from "@berth/protocol";
import type { DeploymentInfo, DeploymentStepInfo, PlatformClient } from "@berth/sdk/client";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { duration } from "../render/duration.ts";
import { fields } from "../render/table.ts";

/** Lines of the build's output that a failure repeats. */
const LOG_TAIL = 20;

export const deployCommand: Command = {
  name: "deploy",
  summary: "Build the agent in a folder and make it live.",
  details:
    "What .gitignore and .berthignore name, node_modules, .env files and private keys stay on this machine. Ctrl-C cancels.",
  positionals: [
    { name: "DIR", optional: true, summary: "the agent's folder, or a .wasm file; default: the current one" },
  ],
  options: {
    name: { type: "string", value: "NAME", summary: "the agent's name; default: that of berth.json or its card" },
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
  ],
  run: deploy,
};

async function deploy(context: CommandContext): Promise<CommandResult> {
  const { args, io } = context;
  const folder = resolve(io.cwd, args.positional("DIR") ?? ".");
  const startedAt = io.now();
  const stop = new AbortController();
  let cancel = (): void => stop.abort();
  const unlisten = io.onInterrupt(() => cancel());
  try {
    const packed = await packFolder(folder, { signal: stop.signal });
    const kib = Math.ceil(packed.archive.length / 1024);
    step(context, { name: "pack", status: "done", ms: io.now() - startedAt }, ` (${packed.files} files, ${kib} KiB)`);
    const platform = await context.platform();
    const name = args.text("name");
    const canaryPercent = args.integer("canary", { min: 0, max: 50 });
    const request = {
      archive: packed.archive,
      trust: args.flag("trust"),
      ...(name === undefined ? {} : { name }),
      ...(args.flag("no-traffic") ? { traffic: "none" as const } : {}),
      ...(canaryPercent === undefined ? {} : { canaryPercent }),
      skipEvals: args.flag("skip-evals"),
    };
    const started = await platform.deployments.create(request, { signal: stop.signal });
    cancel = () => cancelDeployment(context, platform, started.deploymentId, stop);
    const ended = await follow(context, platform, started.deploymentId, stop.signal);
    return await resultOf(context, platform, ended, (io.now() - startedAt) / 1_000);
  } catch (error) {
    if (stop.signal.aborted) {
      throw new PlatformError("DEPLOY_CANCELED", `Deploying ${basename(folder)} was canceled.`, { cause: error });
    }
    throw error;
  } finally {
    unlisten();
  }
}

function cancelDeployment(context: CommandContext, platform: PlatformClient, id: string, stop: AbortController): void {
  context.progress("canceling the deployment");
  // Its `done` event ends the stream; when even this fails, waiting makes no sense.
  platform.deployments.cancel(id, { timeoutMs: 10_000 }).catch(() => stop.abort());
}

async function follow(
  context: CommandContext,
  platform: PlatformClient,
  deploymentId: string,
  signal: AbortSignal,
): Promise<DeploymentInfo> {
  for await (const update of platform.deployments.follow(deploymentId, { signal })) {
    if (update.kind === "done") return update.deployment;
    if (update.kind === "step" && update.step.status !== "running") step(context, update.step);
  }
  return await platform.deployments.get(deploymentId, { signal });
}

function step({ colors, io, progress }: CommandContext, { name, status, ms }: DeploymentStepInfo, note = ""): void {
  const mark = status === "failed" ? "✗" : "✓";
  const time = ms === undefined ? "" : duration(ms);
  const line = `${mark} ${name.padEnd(14)}${time.padStart(8)}${note}`;
  if (io.isTty.stderr && io.isTty.stdout) io.stderr(`${status === "failed" ? colors.red(line) : line}\n`);
  else progress(line);
}

async function resultOf(
  context: CommandContext,
  platform: PlatformClient,
  deployment: DeploymentInfo,
  seconds: number,
): Promise<CommandResult> {
  const { agent, release, status, evals = [] } = deployment;
  const rounded = Math.round(seconds * 1_000) / 1_000;
  if (status === "live") {
    const { url } = await platform.agents.get(agent);
    const text = fields([
      ["agent", agent],
      ["release", release],
      ["url", url],
      ...evals.map(
        ({ suite, score = "", threshold }) => ["evals", `${suite} ${score}, ${threshold} is needed`] as const,
      ),
      ["time", duration(seconds * 1_000)],
    ]);
    const scores = evals.length === 0 ? {} : { evals };
    return { json: { agent, release, url, status, seconds: rounded, ...scores }, text };
  }
  const {
    reason,
    message,
    step: at,
  } = deployment.error ?? { reason: "INTERNAL", message: "The deployment did not end well." };
  const where = at === undefined ? "" : `at ${at}: `;
  const tail = deployment.log.trimEnd().split("\n").slice(-LOG_TAIL);
  if (tail.join("") !== "") context.progress(tail.map((line) => `  ${line}`).join("\n"));
  context.progress(`error: the deployment failed ${where}${message} (${reason})`);
  const error = { reason, message, hint: "", ...(at === undefined ? {} : { step: at }) };
  return {
    json: { agent, release, url: null, status, seconds: rounded, error },
    text: "",
    exitCode: ExitCode.Failed,
  };
}
