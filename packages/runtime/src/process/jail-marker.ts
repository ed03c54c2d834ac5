import { homeKey } from "../driver/base-folder.ts";
import { allPids, isAlive, readArguments } from "../driver/process-tree.ts";

/**
 * The hostname of a jail, given on bwrap's command line: by it every bwrap of this home can be found, also one whose
 * parent died before it knew the inner process. An agent's processes do not carry it; they end with their bwrap.
 */
export function jailMarker(home: string, key = ""): string {
  return `agent-${homeKey(home)}-${key}`;
}

/** bwrap processes whose marker begins with this. */
export function markedProcesses(marker: string): number[] {
  return allPids()
    .filter((pid) => {
      const [program, option, hostname] = readArguments(pid);
      return program?.endsWith("bwrap") === true && option === "--hostname" && hostname?.startsWith(marker) === true;
    })
    .filter((pid) => isAlive(pid));
}
