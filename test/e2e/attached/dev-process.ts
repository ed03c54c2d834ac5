import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { waitFor } from "@berth/testing";

const A2A = fileURLToPath(new URL("../../../apps/cli/bin/a2a.mjs", import.meta.url));
const STOP_MS = 20_000;

export interface DevOptions {
  readonly folder: string;
  readonly url: string;
  readonly token: string;
  readonly args?: readonly string[];
}

/** One line of `a2a dev --json`. */
export interface SeenEvent {
  readonly event: string;
  readonly [field: string]: unknown;
}

/** A real `a2a dev`. Whoever opens one disposes of it. */
export class DevProcess implements AsyncDisposable {
  readonly events: SeenEvent[] = [];
  readonly #child: ChildProcess;
  #errors = "";

  private constructor(child: ChildProcess) {
    this.#child = child;
    if (child.stdout === null || child.stderr === null) throw new Error("a2a dev has no output");
    createInterface({ input: child.stdout }).on("line", (line) => this.events.push(JSON.parse(line)));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (this.#errors += text));
  }

  static start({ folder, url, token, args = [] }: DevOptions): DevProcess {
    const child = spawn(process.execPath, [A2A, "dev", folder, "--json", "--url", url, ...args], {
      env: { PATH: process.env["PATH"] ?? "", HOME: process.env["HOME"] ?? "/tmp", BERTH_TOKEN: token },
      stdio: ["ignore", "pipe", "pipe"],
    });
    return new DevProcess(child);
  }

  static async attached(options: DevOptions): Promise<DevProcess> {
    const dev = DevProcess.start(options);
    await dev.saw("attached");
    return dev;
  }

  /** What it wrote to stderr. */
  get errors(): string {
    return this.#errors;
  }

  /** The last of that kind, once there are `count`. */
  async saw(event: string, count = 1): Promise<SeenEvent> {
    return await waitFor(`${count} of "${event}" from a2a dev`, () => {
      const found = this.events.filter((each) => each.event === event);
      if (found.length < count && this.#child.exitCode !== null) {
        throw new Error(`a2a dev ended with ${this.#child.exitCode}: ${this.#errors}`);
      }
      return found.length < count ? undefined : found.at(-1);
    });
  }

  /** As the kernel's out-of-memory killer would. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    await this.exited();
  }

  /** Ctrl-C; the exit code. */
  async stop(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill("SIGINT");
      const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_MS);
      await this.exited();
      clearTimeout(timer);
    }
    return this.#child.exitCode;
  }

  async exited(): Promise<number | null> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}
