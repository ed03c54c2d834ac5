import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("../../../", import.meta.url));
const START_TIMEOUT_MS = 90_000;
const STOP_TIMEOUT_MS = 30_000;

export interface PlatformProcessOptions {
  readonly home: string;
  /** Default 0: any free one. */
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
}

/** A real platform in its own process, as `a2a up --json` starts it. Whoever opens one disposes of it. */
export class PlatformProcess implements AsyncDisposable {
  readonly url: string;
  readonly token: string;
  readonly home: string;
  readonly #child: ChildProcess;
  readonly #output: string[];

  private constructor(ready: { url: string; token: string; home: string }, child: ChildProcess, output: string[]) {
    this.url = ready.url;
    this.token = ready.token;
    this.home = ready.home;
    this.#child = child;
    this.#output = output;
  }

  /** @throws Error with everything it printed, when it ends or does not get ready in 90 s. */
  static async start(options: PlatformProcessOptions): Promise<PlatformProcess> {
    const child = spawn(process.execPath, [join(ROOT, "apps/server/src/main.ts"), "--json"], {
      env: {
        PATH: process.env["PATH"] ?? "",
        HOME: process.env["HOME"] ?? "/tmp",
        BERTH_HOME: options.home,
        BERTH_PORT: String(options.port ?? 0),
        BERTH_GRPC_PORT: "0",
        // Every start compiles the same modules: a second of processor time that all but the first can save.
        NODE_COMPILE_CACHE: join(tmpdir(), "berth-compile-cache"),
        ...options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    const output: string[] = [];
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      output.push(text);
      if (output.length > 2_000) output.shift();
    });
    const line = await firstLine(child, output);
    return new PlatformProcess(JSON.parse(line), child, output);
  }

  get pid(): number {
    if (this.#child.pid === undefined) throw new Error("the platform process was never started");
    return this.#child.pid;
  }

  /** What it wrote to stderr. */
  get log(): string {
    return this.#output.join("");
  }

  /** SIGKILL of the platform process alone, as a crash would be. */
  async kill(): Promise<void> {
    const gone = this.#gone();
    this.#child.kill("SIGKILL");
    await gone;
  }

  /** SIGTERM; the exit code. */
  async stop(): Promise<number | null> {
    const gone = this.#gone();
    this.#child.kill("SIGTERM");
    const timer = setTimeout(() => this.#child.kill("SIGKILL"), STOP_TIMEOUT_MS);
    await gone;
    clearTimeout(timer);
    return this.#child.exitCode;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }

  /** A request with the administrator's key. */
  async fetch(path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    if (!headers.has("authorization")) headers.set("authorization", `Bearer ${this.token}`);
    return await fetch(new URL(path, this.url), { ...init, headers });
  }

  async #gone(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) await once(this.#child, "exit");
  }
}

async function firstLine(child: ChildProcess, output: readonly string[]): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let text = "";
  child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    const end = text.indexOf("\n");
    if (end >= 0) resolve(text.slice(0, end));
  });
  child.once("error", reject);
  child.once("exit", (code, signal) => {
    reject(new Error(`the platform ended with ${code ?? signal} before it was ready:\n${output.join("")}`));
  });
  const timer = setTimeout(() => {
    child.kill("SIGKILL");
    reject(new Error(`the platform was not ready in ${START_TIMEOUT_MS / 1_000} s:\n${output.join("")}`));
  }, START_TIMEOUT_MS);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
  }
}
