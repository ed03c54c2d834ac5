import { execFile } from "node:child_process";
import { findTool } from "./run-tool.ts";

const LDD_TIMEOUT_MS = 10_000;

/** What the program is linked with, as the loader finds it here, and the loader; nothing for a folder and a static program. */
export async function linkedLibraries(program: string): Promise<string[]> {
  const ldd = await findTool("ldd");
  if (ldd === undefined) throw new Error("there is no ldd to find the libraries of Node with");
  const output = await new Promise<string>((resolve) => {
    execFile(ldd, [program], { env: {}, timeout: LDD_TIMEOUT_MS }, (_error, stdout) => {
      resolve(stdout);
    });
  });
  return output
    .split("\n")
    .map((line) => /(?:=>\s+|^\s*)(\/\S+)\s+\(0x/.exec(line)?.[1])
    .filter((path) => path !== undefined);
}
