import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readFileSync, readdirSync, readlinkSync, realpathSync } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

const WRITER = path.join(import.meta.dirname, "writer.ts");
const ACK_TIMEOUT_MS = 90_000;

/** A running `writer.ts` and everything it has acknowledged so far. */
export class WriterProcess {
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #data: string;
  readonly #ended: Promise<unknown>;
  #errors = "";

  constructor(home: string, options: { readonly callers: number; readonly under?: readonly string[] }) {
    const command = [...(options.under ?? []), process.execPath, WRITER, home, String(options.callers)];
    this.#child = spawn(command[0] ?? "", command.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
    this.#data = path.join(realpathSync(home), "pg");
    this.#child.stderr?.on("data", (chunk: Buffer) => (this.#errors += chunk.toString()));
    const { stdout } = this.#child;
    if (stdout === null) throw new Error("stdout is a pipe");
    const reader = createInterface({ input: stdout });
    reader.on("line", (line) => this.lines.push(line));
    this.#ended = once(reader, "close");
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The server and its children; Linux tells by the folder they work in. */
  serverPids(): number[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name) && folderOf(name) === this.#data)
      .map(Number);
  }

  postmasterPid(): number {
    return Number(readFileSync(path.join(this.#data, "postmaster.pid"), "utf8").split("\n")[0]);
  }

  async acknowledged(count: number): Promise<void> {
    const deadline = Date.now() + ACK_TIMEOUT_MS;
    while (this.lines.length < count) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`the writer has ${this.lines.length} acknowledgements: ${this.#errors}`);
      }
      await new Promise((resolve) => {
        setTimeout(resolve, 10);
      });
    }
  }

  signal(signal: NodeJS.Signals, whom: "writer" | "everybody"): void {
    // The writer first: what the server would tell it after that is nobody's acknowledgement.
    for (const pid of [this.pid, ...(whom === "everybody" ? this.serverPids() : [])]) sendSignal(pid, signal);
  }

  /** kill -9, and the rest of what it had said. */
  async kill(whom: "writer" | "everybody"): Promise<void> {
    this.signal("SIGKILL", whom);
    await this.#ended;
  }
}

function sendSignal(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch {
    // Gone already.
  }
}

function folderOf(pid: string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return undefined;
  }
}
