import type { DeploymentInfo, DeploymentLineInfo, DeploymentStepInfo, PlatformClient } from "@berth/sdk/client";
import type { CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { duration } from "../render/duration.ts";
import { oneLine } from "../render/printable.ts";
import { fields } from "../render/table.ts";

/** Lines of the build's output that a failure repeats. */
const LOG_TAIL = 20;

export interface FollowedDeployment {
  readonly deployment: DeploymentInfo;
  /** The end of what it said. */
  readonly tail: readonly string[];
}

/** To its end, with every step as it is done. */
export async function followSteps(
  context: CommandContext,
  platform: PlatformClient,
  deploymentId: string,
  signal: AbortSignal,
): Promise<FollowedDeployment> {
  const tail: string[] = [];
  const told = new Set<string>();
  for await (const update of platform.deployments.follow(deploymentId, { signal })) {
    if (update.kind === "done") return { deployment: update.deployment, tail };
    if (update.kind === "log") keepTail(tail, update.line);
    if (update.kind === "status" && update.status === "queued") context.progress("waits for its turn");
    if (update.kind !== "step" || update.step.status === "running") continue;
    // Steps are told again after a dropped connection.
    const { name, status, attempt = 1 } = update.step;
    if (!told.has(`${name} ${status} ${attempt}`)) showStep(context, update.step);
    told.add(`${name} ${status} ${attempt}`);
  }
  return { deployment: await platform.deployments.get(deploymentId, { signal }), tail };
}

function keepTail(tail: string[], { text, stream }: DeploymentLineInfo): void {
  // The reason of the end is told by itself.
  if (stream === "platform" && /^(?:failed|canceled|accepted)\b/.test(text)) return;
  tail.push(text);
  if (tail.length > LOG_TAIL) tail.shift();
}

export function showStep(
  { colors, io, progress }: CommandContext,
  { name, status, ms }: DeploymentStepInfo,
  note = "",
): void {
  const mark = status === "failed" ? "✗" : "✓";
  const time = ms === undefined ? "" : duration(ms);
  const line = `${mark} ${oneLine(name).padEnd(14)}${time.padStart(8)}${note}`;
  if (io.isTty.stderr && io.isTty.stdout) io.stderr(`${status === "failed" ? colors.red(line) : line}\n`);
  else progress(line);
}

/** What a deployment came to, for people and for programs. */
export async function endOf(
  context: CommandContext,
  platform: PlatformClient,
  { deployment, tail }: FollowedDeployment,
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
  const failure = deployment.error ?? { reason: "INTERNAL", message: "The deployment did not end well." };
  const { reason, message, step } = failure;
  const where = step === undefined ? "" : `at ${step}: `;
  if (tail.length > 0) context.progress(tail.map((line) => `  ${line}`).join("\n"));
  context.progress(`error: the deployment failed ${where}${message} (${reason})`);
  const error = { reason, message, hint: "", ...(step === undefined ? {} : { step }) };
  return {
    json: { agent, release, url: null, status, seconds: rounded, error },
    text: "",
    exitCode: ExitCode.Failed,
  };
}
