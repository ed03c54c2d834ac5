import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { request } from "node:http";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { isRoot } from "../../src/driver/base-folder.ts";
import { findTool } from "../../src/process/run-tool.ts";

export interface TestEngine extends AsyncDisposable {
  readonly socketPath: string;
  /** All containers of a home, whatever their state. */
  containers(homeKey: string): Promise<readonly string[]>;
  /** Names of all images. */
  images(): Promise<readonly string[]>;
  /** As somebody does who cleans up; how many there were. */
  removeImages(): Promise<number>;
}

const START_TIMEOUT_MS = 20_000;
const STOP_TIMEOUT_MS = 10_000;

/**
 * A Docker engine of our own: its data, its socket and its end are here, and it touches neither the host's network nor a
 * Docker that runs already. A text says why there can be none.
 */
export async function startEngine(): Promise<TestEngine | string> {
  if (!isRoot()) return "an engine needs root";
  const program = await findTool("dockerd");
  if (program === undefined) return "dockerd is not installed (apt-get install docker.io)";
  const folder = mkdtempSync("/tmp/berth-engine-");
  const socketPath = join(folder, "engine.sock");
  const child = spawn(
    program,
    [
      "--bridge=none",
      "--iptables=false",
      "--ip-masq=false",
      // A limit may not be raised, and the default of the engine is beyond what some machines have.
      "--default-ulimit=nofile=20000:20000",
      "--exec-opt=native.cgroupdriver=cgroupfs",
      `--data-root=${join(folder, "data")}`,
      `--exec-root=${join(folder, "exec")}`,
      `--pidfile=${join(folder, "pid")}`,
      `--host=unix://${socketPath}`,
    ],
    { stdio: ["ignore", "ignore", "pipe"], env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" } },
  );
  let log = "";
  child.stderr.on("data", (chunk: Buffer) => (log = (log + chunk.toString()).slice(-2_000)));
  const gone = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const dispose = async (): Promise<void> => {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
  };
  for (const deadline = Date.now() + START_TIMEOUT_MS; (await ask(socketPath, "/_ping")) !== "OK"; await delay(50)) {
    if (child.exitCode === null && child.signalCode === null && Date.now() < deadline) continue;
    await dispose();
    return `dockerd does not start: ${log}`;
  }
  return {
    socketPath,
    async containers(homeKey) {
      const filters = encodeURIComponent(JSON.stringify({ label: [`berth.home=${homeKey}`] }));
      // The engine's list of containers.
      const found = JSON.parse(await ask(socketPath, `/containers/json?all=true&filters=${filters}`)) as {
        readonly Id: string;
        readonly State: string;
      }[];
      return found.map(({ Id, State }) => `container ${Id.slice(0, 12)}: ${State}`);
    },
    async images() {
      // The engine's list of images.
      const found = JSON.parse(await ask(socketPath, "/images/json")) as { readonly RepoTags: readonly string[] }[];
      return found.flatMap(({ RepoTags }) => RepoTags);
    },
    async removeImages() {
      // The engine's list of images.
      const found = JSON.parse(await ask(socketPath, "/images/json")) as { readonly Id: string }[];
      for (const { Id } of found) await ask(socketPath, `/images/${Id}?force=true`, "DELETE");
      return found.length;
    },
    [Symbol.asyncDispose]: dispose,
  };
}

/** Undefined answers are empty: it does not listen yet. */
function ask(socketPath: string, path: string, method = "GET"): Promise<string> {
  return new Promise((resolve) => {
    const outgoing = request({ socketPath, path, method, agent: false, headers: { host: "engine" } }, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      response.on("end", () => resolve(text));
    });
    outgoing.on("error", () => resolve(""));
    outgoing.end();
  });
}
