import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { writeFileSync } from "node:fs";
import { PlatformError } from "@berth/protocol";

export interface ProcessRequest {
  readonly command: readonly [string, ...string[]];
  readonly cwd: string;
  /** The whole environment: nothing is inherited. */
  readonly env: { readonly [name: string]: string };
  /** Whom it runs as; only root can choose. */
  readonly uid?: number;
  /**
   * Of a bubblewrap that waits on descriptor 3 and tells of its child on 4: the users that root and the others in it are
   * outside. Only root can say that.
   */
  readonly userRange?: { readonly first: number; readonly count: number };
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
    stdio: ["ignore", "pipe", "pipe", ...(request.userRange === undefined ? [] : (["pipe", "pipe"] as const))],
  });
  if (request.userRange !== undefined) mapUsers(child, request.userRange);
  const killGroup = (): void => killChild(child);
  const stop = AbortSignal.any(request.signal === undefined ? [timeout] : [timeout, request.signal]);
  stop.addEventListener("abort", killGroup, { once: true });
  if (stop.aborted) killGroup();

  // A line buffer for each stream: half a line of one must not run into the other's.
  let output = "";
  const lines = [child.stdout, child.stderr].flatMap((stream) => {
    if (stream === null) return [];
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

/** Once the child is in its namespace and waits; when it ends before, it is its own exit code that tells. */
function mapUsers(child: ChildProcess, { first, count }: { readonly first: number; readonly count: number }): void {
  const [, , , go, info] = child.stdio;
  let told = "";
  go?.on("error", () => {});
  info?.on("data", (text: Buffer) => {
    told += text.toString();
    const pid = /"child-pid":\s*(\d+)\s*[,}\n]/.exec(told)?.[1];
    if (pid === undefined || go === undefined || go === null || !("end" in go) || go.writableEnded) return;
    try {
      for (const map of ["uid_map", "gid_map"]) writeFileSync(`/proc/${pid}/${map}`, `0 ${first} ${count}\n`);
    } catch {
      killChild(child);
    }
    go.end("1");
  });
}

function killChild(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // The group is gone already.
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
