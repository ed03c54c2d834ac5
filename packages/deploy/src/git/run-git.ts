import { spawn } from "node:child_process";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { PlatformError } from "@berth/protocol";

export interface GitRun {
  readonly command: readonly string[];
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly input?: AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Awaited before more is read; what it throws ends the process. */
  readonly onOutput?: (chunk: Buffer) => Promise<void> | void;
  readonly log?: (line: string) => void;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

export interface GitResult {
  /** Null when it was killed. */
  readonly code: number | null;
  /** The end of what it said on stderr. */
  readonly said: string;
}

const MAX_SAID = 16 * 1024;
const MAX_LINE = 1_000;

/**
 * Runs a process of git in a group of its own, and ends the group by timeout, signal or when its output is refused.
 * @throws TIMED_OUT, CANCELED, what `onOutput` threw, or the spawn error
 */
export async function runGit(run: GitRun): Promise<GitResult> {
  const [file = "", ...args] = run.command;
  const timeout = AbortSignal.timeout(run.timeoutMs);
  const stop = AbortSignal.any([timeout, run.signal]);
  const child = spawn(file, args, { cwd: run.cwd, env: { ...run.env }, detached: true, stdio: "pipe" });
  const killGroup = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(-child.pid, "SIGKILL");
    } catch {
      // The group is gone already.
    }
  };
  stop.addEventListener("abort", killGroup, { once: true });
  if (stop.aborted) killGroup();
  let said = "";
  const lines = new ProgressLines(run.log);
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    said = (said + text).slice(-MAX_SAID);
    lines.add(text);
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on("error", reject);
    child.on("close", resolve);
  });
  // A process that ends early leaves the rest of its input; its exit code says why.
  const fed = pipeline(run.input ?? [], child.stdin).catch(() => undefined);
  try {
    await Promise.all([readAll(child.stdout, run.onOutput), ended]);
    await fed;
  } catch (error) {
    killGroup();
    await ended.catch(() => undefined);
    if (!stop.aborted) throw error;
  } finally {
    stop.removeEventListener("abort", killGroup);
    child.stdin.destroy();
    killGroup();
  }
  lines.flush();
  if (run.signal.aborted) throw new PlatformError("CANCELED", "Fetching the source was canceled.");
  if (timeout.aborted) {
    throw new PlatformError("TIMED_OUT", `git did not end within ${Math.round(run.timeoutMs / 1_000)} s.`);
  }
  return { code: child.exitCode, said };
}

async function readAll(stdout: Readable, onOutput: GitRun["onOutput"]): Promise<void> {
  for await (const chunk of stdout) {
    // A stream without an encoding yields Buffers.
    await onOutput?.(chunk as Buffer);
  }
}

/** What git says as it goes, without the percentages on the way. */
class ProgressLines {
  #rest = "";
  readonly #log: ((line: string) => void) | undefined;

  constructor(log: ((line: string) => void) | undefined) {
    this.#log = log;
  }

  add(text: string): void {
    const lines = (this.#rest + text).split(/[\r\n]+/);
    this.#rest = (lines.pop() ?? "").slice(-MAX_LINE);
    for (const line of lines) this.#line(line);
  }

  flush(): void {
    this.#line(this.#rest);
    this.#rest = "";
  }

  #line(line: string): void {
    // What it means that git can ask nobody is said when it has ended.
    if (/askpass|terminal prompts disabled/.test(line)) return;
    const isOnTheWay = /\d+% \(\d+\/\d+\)|: \d+$/.test(line) && !line.endsWith("done.");
    if (line.trim() !== "" && !isOnTheWay) this.#log?.(line.trimEnd().slice(0, MAX_LINE));
  }
}
