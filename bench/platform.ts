import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { releasesFolder } from "@berth/runtime";
import { startChild } from "./child.ts";

const A2A = fileURLToPath(new URL("../apps/cli/bin/a2a.mjs", import.meta.url));
const DEPLOY_TIMEOUT_MS = 120_000;

export interface BenchPlatform extends AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly home: string;
  deploy(folder: string): Promise<{ readonly agent: string; readonly release: string }>;
  get(path: string): Promise<unknown>;
}

/**
 * A platform of its own: empty home, free port, ended and removed in the end. Default: as a user would start it. Another
 * `command` prints the same line when it is ready.
 */
export async function startPlatform(
  command: readonly string[] = [A2A, "up", "--json"],
  env: { readonly [name: string]: string } = {},
): Promise<BenchPlatform> {
  const home = await mkdtemp(join(tmpdir(), "berth-bench-"));
  const remove = async (): Promise<void> => {
    // As root, releases lie outside the home.
    for (const folder of [dirname(releasesFolder(home)), home]) {
      await rm(folder, { recursive: true, force: true, maxRetries: 5 });
    }
  };
  const child = await startChild<{ readonly url: string; readonly token: string }>(command, {
    BERTH_HOME: home,
    BERTH_PORT: "0",
    ...env,
  }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  const { url, token } = child.ready;
  return {
    url,
    token,
    home,
    async deploy(folder) {
      const { stdout } = await promisify(execFile)(process.execPath, [A2A, "deploy", folder, "--json"], {
        env: { ...process.env, BERTH_URL: url, BERTH_TOKEN: token },
        timeout: DEPLOY_TIMEOUT_MS,
      });
      // The command's documented output.
      return JSON.parse(stdout) as { agent: string; release: string };
    },
    async get(path) {
      const response = await fetch(new URL(path, url), {
        headers: { authorization: `Bearer ${token}` },
        signal: AbortSignal.timeout(10_000),
      });
      if (!response.ok) throw new Error(`GET ${path} answered ${response.status}`);
      return await response.json();
    },
    async [Symbol.asyncDispose]() {
      await child.stop();
      await remove();
    },
  };
}
