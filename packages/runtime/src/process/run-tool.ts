import { execFile } from "node:child_process";
import { constants } from "node:fs";
import { access } from "node:fs/promises";

const TOOL_FOLDERS = ["/usr/bin", "/bin", "/usr/sbin", "/sbin", "/usr/local/bin"];
const TOOL_TIMEOUT_MS = 10_000;

/** A program of the system; the environment's PATH is not asked. */
export async function findTool(name: string): Promise<string | undefined> {
  for (const folder of TOOL_FOLDERS) {
    const path = `${folder}/${name}`;
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

/** Resolves with what it printed on stderr, undefined when it ended with 0. */
export function runTool(path: string, args: readonly string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    execFile(path, [...args], { env: {}, timeout: TOOL_TIMEOUT_MS }, (error, _stdout, stderr) => {
      resolve(error === null ? undefined : stderr.trim() || error.message);
    });
  });
}
