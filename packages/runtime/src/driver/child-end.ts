import type { ChildProcess } from "node:child_process";
import { constants } from "node:os";
import type { ProcessEnd } from "./cage.ts";
import type { OutputLines } from "./output-lines.ts";

/** Pipes may be held open by somebody else; the end of the process is what counts. */
const LAST_OUTPUT_MS = 250;

/** Reads the child's output and resolves when it ended and its last output was read. Never rejects. */
export function followChild(child: ChildProcess, output: OutputLines): Promise<ProcessEnd> {
  if (child.stdout !== null) output.attach(child.stdout, "stdout");
  if (child.stderr !== null) output.attach(child.stderr, "stderr");
  return new Promise((resolve) => {
    child.once("error", (error) => {
      output.note(`could not start: ${error.message}`, "stderr");
      if (child.pid === undefined) resolve({ code: null, signal: null });
    });
    child.once("exit", (code, signal) => {
      output.drain();
      const done = (): void => {
        clearTimeout(timer);
        resolve({ code, signal });
      };
      const timer = setTimeout(done, LAST_OUTPUT_MS);
      child.once("close", done);
    });
  });
}

/** An init in between reports an agent killed by signal N as exit code 128 + N, as shells do. */
export function withSignal(end: ProcessEnd): ProcessEnd {
  if (end.code === null || end.code <= 128) return end;
  const name = Object.entries(constants.signals).find(([, number]) => number === (end.code ?? 0) - 128)?.[0];
  return name === undefined ? end : { code: null, signal: name };
}
