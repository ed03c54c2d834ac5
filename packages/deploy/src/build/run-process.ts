import { spawn } from "node:child_process";
import { PlatformError } from "@berth/protocol";

export interface ProcessRequest {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: { readonly [name: string]: string };
  /** Whom it runs as; only root can choose. */
  readonly uid?: number;
  readonly timeoutMs: number;
  readonly log: (line: string) => void;
  readonly signal?: AbortSignal;
}

export interface ProcessResult {
  /** Null when it was killed by a signal. */
  readonly code: number | null;
  /** The end of what it wrote, both streams together. */
  readonly output: string;
}

const MAX_OUTPUT_CHARS = 64 * 1024;
const MAX_LINE_CHARS = 2_000;

/**
 * Runs a program in a process group of its own; by timeout or signal the whole group is killed.
 * @throws TIMED_OUT, CANCELED, or the spawn error when there is no such program.
 */
export async function runProcess(request: ProcessRequest): Promise<ProcessResult> {
  const [file, ...args] = request.command;
  const timeout = AbortSignal.timeout(request.timeoutMs);
  const child = spawn(file, args, {
    cwd: request.cwd,
    env: { ...request.env },
    detached: true,
    ...(request.uid === undefined ? {} : { uid: request.uid, gid: request.uid }),
    stdio: ["ignore", "pipe", "pipe"],
  });
  const killGroup = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  };
  const stop = AbortSignal.any(request.signal === undefined ? [timeout] : [timeout, request.signal]);
  stop.addEventListener("abort", killGroup, { once: true });
  if (stop.aborted) killGroup();

  // A line buffer for each stream: half a line of one must not run into the other's.
  let output = "";
  const lines = [child.stdout, child.stderr].map((stream) => {
    const splitter = new LineSplitter(request.log);
    stream.setEncoding("utf8").on("data", (text: string) => {
      output = (output + text).slice(-MAX_OUTPUT_CHARS);
      splitter.add(text);
    });
    return splitter;
  });
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", resolve);
    });
    for (const splitter of lines) splitter.flush();
    if (request.signal?.aborted === true) throw new PlatformError("CANCELED", "The build was canceled.");
    if (timeout.aborted) throw new PlatformError("TIMED_OUT", `${file} did not end within ${request.timeoutMs} ms.`);
    return { code, output };
  } finally {
    stop.removeEventListener("abort", killGroup);
    // What it started and left behind must not outlive the build.
    killGroup();
  }
}

class LineSplitter {
  #rest = "";
  readonly #log: (line: string) => void;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/\r?\n/);
    this.#rest = (lines.pop() ?? "").slice(-MAX_LINE_CHARS);
    for (const line of lines) if (line !== "") this.#log(line.slice(0, MAX_LINE_CHARS));
  }

  flush(): void {
    if (this.#rest !== "") this.#log(this.#rest);
    this.#rest = "";
  }
}
