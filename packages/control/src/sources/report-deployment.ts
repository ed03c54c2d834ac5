import { progressPacket } from "@berth/deploy";
import { isPlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { DeploymentRecord, DeploymentStep } from "@berth/store";
import type { DeploymentEvent, Deploys } from "../deploys/deploys.ts";

export interface PushedCommit {
  readonly name: string;
  readonly ref: string;
  readonly commit: string;
  /** To whoever pushed; absent when their git shows nothing. */
  readonly write?: (chunk: Buffer) => Promise<void>;
  readonly signal: AbortSignal;
}

/** How long a push waits for its deployment. */
const REPORT_MS = 300_000;
/** Silence after which something is sent, so that proxies keep the connection open. */
const KEEP_ALIVE_MS = 5_000;

/** Deploys what was pushed and tells the pusher. Does not throw for a deployment that does not come about or fails. */
export async function reportDeployment(
  deploys: Pick<Deploys, "start" | "follow">,
  principal: Principal,
  { name, ref, commit, write, signal }: PushedCommit,
): Promise<void> {
  const say = async (text: string): Promise<void> => await write?.(progressPacket(`${text}\n`));
  let deployment: DeploymentRecord;
  try {
    const source = { kind: "push", repository: name, ref, commit } as const;
    deployment = await deploys.start(principal, { source, name, trust: false });
  } catch (error) {
    if (!isPlatformError(error)) throw error;
    await say(`✗ not deployed: ${printable(error.message)}`);
    return;
  }
  if (write === undefined) return;
  const { deploymentId } = deployment;
  await say(`deploying ${name} at ${commit.slice(0, 12)} (${deploymentId})`);
  const until = AbortSignal.any([signal, AbortSignal.timeout(REPORT_MS)]);
  const timer = setInterval(() => void write(progressPacket("")).catch(() => undefined), KEEP_ALIVE_MS);
  try {
    for await (const event of deploys.follow(principal, deploymentId, { after: 0, signal: until })) {
      const line = lineOf(event, name);
      if (line !== undefined) await say(printable(line));
      if (event.kind === "done") return;
    }
    await say(`it goes on: a2a deployments logs ${deploymentId}`);
  } finally {
    clearInterval(timer);
  }
}

function lineOf(event: DeploymentEvent, name: string): string | undefined {
  switch (event.kind) {
    case "step":
      return stepLine(event.step);
    case "log":
      return `    ${event.line.text}`;
    case "done": {
      const { status, error } = event.deployment;
      if (status === "live") return `✓ ${name} is live`;
      return `✗ ${status}${error === undefined ? "" : `: ${error.message}`}`;
    }
    default:
      return undefined;
  }
}

function stepLine({ name, status, ms }: DeploymentStep): string | undefined {
  if (status === "running") return undefined;
  return `${status === "done" ? "✓" : "✗"} ${name}${ms === undefined ? "" : ` ${(ms / 1_000).toFixed(1)} s`}`;
}

const MAX_LINE = 900;

/** It is shown in a terminal. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]+/gu, " ").slice(0, MAX_LINE);
}
