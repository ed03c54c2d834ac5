import type { ReleaseSpec, SandboxLimits } from "../sandbox-driver.ts";
import type { JailHost } from "./doors.ts";
import { entryInJail, nodeCommand, systemRoot } from "./jail-arguments.ts";
import type { HostFacts } from "./host-facts.ts";
import { programEtc } from "./program-etc.ts";
import { programRoot } from "./program-root.ts";

/** What a jail runs, and in which root. */
export interface JailProgram {
  readonly command: readonly string[];
  /** Sets limits of the command that follows it; undefined where there is no prlimit. */
  readonly prlimit: readonly string[] | undefined;
  /** bwrap's options. */
  readonly root: readonly string[];
}

/** `file`: as it is seen inside. */
export function nodeProgram(facts: HostFacts, file: string, limits: SandboxLimits): JailProgram {
  return {
    command: nodeCommand(file, limits),
    prlimit: facts.prlimitPath === undefined ? undefined : [facts.prlimitPath],
    root: systemRoot({ ...facts, ...facts.files }),
  };
}

export async function programOf(host: JailHost, { entry, program, limits }: ReleaseSpec): Promise<JailProgram> {
  if (program === undefined) return nodeProgram(host.facts, entryInJail(entry), limits);
  const [sidecar, etcFolder] = await Promise.all([host.sidecar(), programEtc(host.home, program.rootfs)]);
  return {
    command: sidecar.command,
    prlimit: sidecar.prlimit,
    root: await programRoot(program, { etcFolder, sidecar }),
  };
}
