import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { packFolder } from "@berth/deploy/pack";
import { PlatformError, createPlatformClient } from "@berth/sdk/client";
import type { DeploymentInfo, DeploymentLineInfo, PlatformClient } from "@berth/sdk/client";
import { PlatformProcess, waitFor } from "@berth/testing";

const PAGE = 1_000;
const UP_TIMEOUT_MS = 60_000;

/** A platform that is killed and started again on the same folder; who calls it meanwhile waits for the next one. */
export class MortalPlatform implements AsyncDisposable {
  readonly home: string;
  kills = 0;
  #process: PlatformProcess | undefined;
  #client: PlatformClient | undefined;

  constructor(home: string) {
    this.home = home;
  }

  async start(): Promise<void> {
    this.#process = await PlatformProcess.start({ home: this.home });
    const { url, token } = this.#process;
    this.#client = createPlatformClient({ url, token });
  }

  async killAndStart(): Promise<void> {
    this.#client = undefined;
    await this.#process?.kill();
    this.kills += 1;
    await this.start();
  }

  get log(): string {
    return this.#process?.log ?? "";
  }

  /** Again and again until a platform answers: what is asked for has to bear being asked for twice. */
  async ask<T>(question: (client: PlatformClient) => Promise<T>): Promise<T> {
    const deadline = Date.now() + UP_TIMEOUT_MS;
    for (;;) {
      const client = await waitFor("a platform", () => this.#client, UP_TIMEOUT_MS);
      try {
        return await question(client);
      } catch (error) {
        const isFinal = error instanceof PlatformError && !error.retryable;
        if (isFinal || Date.now() > deadline) throw error;
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    }
  }

  async ended(deploymentId: string, timeoutMs: number): Promise<DeploymentInfo> {
    return await waitFor(
      `the end of ${deploymentId}`,
      async () => {
        const found = await this.ask(async (client) => await client.deployments.get(deploymentId));
        return ["live", "failed", "canceled"].includes(found.status) ? found : undefined;
      },
      timeoutMs,
    );
  }

  /** All of them, page by page. */
  async lines(deploymentId: string): Promise<readonly DeploymentLineInfo[]> {
    const all: DeploymentLineInfo[] = [];
    for (;;) {
      const after = all.at(-1)?.seq ?? 0;
      const page = await this.ask(
        async (client) => await client.deployments.lines(deploymentId, { after, limit: PAGE }),
      );
      all.push(...page);
      if (page.length < PAGE) return all;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#process?.stop();
  }
}

/** A small agent that answers with its version. */
export async function packVersion(folder: string, agent: string, version: string): Promise<Uint8Array> {
  const path = join(folder, `${agent}-${version}`);
  await mkdir(path, { recursive: true });
  await writeFile(
    join(path, "package.json"),
    JSON.stringify({ name: agent, type: "module", main: "agent.ts", dependencies: { "@berth/sdk": "0.1.0" } }),
  );
  await writeFile(join(path, "berth.json"), JSON.stringify({ name: agent }));
  await writeFile(
    join(path, "agent.ts"),
    `import { defineAgent, skill } from "@berth/sdk";
export default defineAgent({
  name: ${JSON.stringify(agent)}, version: "1.0.0", description: "Says its version.",
  skills: { version: skill({ description: "Says it.", tags: ["storm"], async run() { return { version: ${JSON.stringify(version)} }; } }) },
});`,
  );
  return (await packFolder(path)).archive;
}
