import { PlatformError } from "@berth/protocol";

/** What the author has to mend, with the file and, where there is one, the line. */
export function buildProblem(file: string, line: number | undefined, problem: string, hint?: string): PlatformError {
  const place = line === undefined ? file : `${file}:${line}`;
  return new PlatformError("BUILD_FAILED", `${place}: ${problem}.`, hint === undefined ? {} : { hint });
}
