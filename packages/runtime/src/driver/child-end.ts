import type { ChildProcess } from "node:child_process";
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
