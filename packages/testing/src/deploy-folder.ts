import { packFolder } from "@berth/deploy/pack";
import type { PlatformProcess } from "./platform-process.ts";

const DEPLOY_TIMEOUT_MS = 120_000;
const POLL_MS = 100;
const ENDS: readonly string[] = ["live", "failed", "canceled"];

export interface DeployedFolder {
  readonly deploymentId: string;
  readonly agent: string;
  readonly release: string;
  readonly status: string;
  readonly error?: { readonly reason: string; readonly message: string; readonly step?: string };
  readonly log: string;
}

interface DeployOptions {
  readonly name?: string;
  readonly trust?: boolean;
  /** Without asking the gate of berth.json. */
  readonly skipEvals?: boolean;
}

/** Deploys a folder and waits for the end, whichever it is. */
export async function tryDeploy(
  platform: Pick<PlatformProcess, "fetch">,
  folder: string,
  options: DeployOptions = {},
): Promise<DeployedFolder> {
  const { archive } = await packFolder(folder);
  const query = new URLSearchParams();
  if (options.name !== undefined) query.set("name", options.name);
  if (options.trust === true) query.set("trust", "true");
  if (options.skipEvals === true) query.set("evals", "skip");
  const response = await platform.fetch(`/v1/deployments?${query}`, {
    method: "POST",
    headers: { "content-type": "application/gzip" },
    body: new Uint8Array(archive),
  });
  if (response.status !== 202) throw new Error(`deploying answered ${response.status}: ${await response.text()}`);
  const { deploymentId } = (await response.json()) as { deploymentId: string };
  const deadline = Date.now() + DEPLOY_TIMEOUT_MS;
  for (;;) {
    const deployment = (await (await platform.fetch(`/v1/deployments/${deploymentId}`)).json()) as DeployedFolder;
    if (ENDS.includes(deployment.status)) return deployment;
    if (Date.now() > deadline) throw new Error(`deploying ${folder} did not end: ${JSON.stringify(deployment)}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** @throws Error with the deployment's log when it does not go live. */
export async function deployFolder(
  platform: PlatformProcess,
  folder: string,
  options: DeployOptions = {},
): Promise<DeployedFolder> {
  const deployment = await tryDeploy(platform, folder, options);
  if (deployment.status === "live") return deployment;
  throw new Error(
    `deploying ${folder} ended ${deployment.status}: ${JSON.stringify(deployment.error)}\n${deployment.log}\n${platform.log}`,
  );
}
