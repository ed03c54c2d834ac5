import { lstat, readdir, readlink } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { ProgramSpec, ReleaseSpec } from "../sandbox-driver.ts";
import { JAIL } from "./jail-arguments.ts";
import { exists } from "./jail-files.ts";
import type { Sidecar } from "./sidecar.ts";

/** Each is a mount; bwrap looks at all mounts for each. */
const MAX_ENTRIES = 128;

/** Top names of a program's root that the jail has for itself, whatever the root has there. */
export function ownNames(mountsApp: boolean): ReadonlySet<string> {
  return new Set(["dev", "etc", "proc", "run", "tmp", JAIL.sidecar.slice(1), ...(mountsApp ? ["app"] : [])]);
}

/** @throws AGENT_START_FAILED where the files of its image are not on this machine. */
export async function assertRoot({ agentName, program }: ReleaseSpec): Promise<void> {
  if (program === undefined || (await exists(program.rootfs))) return;
  throw new PlatformError(
    "AGENT_START_FAILED",
    `The files of the image of agent ${agentName} are not on this machine.`,
    {
      hint: "Deploy the agent again.",
      internal: program.rootfs,
      retryable: false,
    },
  );
}

/**
 * bwrap's options for the root of a program. Each entry of the root is mounted by itself onto a tmpfs: so everything else
 * finds its place, also where the root has none, and nothing is ever mounted through a link of the root's. bwrap follows
 * links while the host is still there.
 */
export async function programRoot(
  { rootfs, mountsApp }: Pick<ProgramSpec, "rootfs" | "mountsApp">,
  { etcFolder, sidecar }: { readonly etcFolder: string; readonly sidecar: Sidecar },
): Promise<readonly string[]> {
  const own = ownNames(mountsApp);
  const names = (await readdir(rootfs)).filter((name) => !own.has(name));
  if (names.length > MAX_ENTRIES) {
    throw new PlatformError(
      "AGENT_START_FAILED",
      `The root of this agent's image has more than ${MAX_ENTRIES} entries.`,
      {
        hint: "Put its files into a folder.",
        retryable: false,
      },
    );
  }
  const mounts = await Promise.all(names.toSorted().map(async (name) => await mountOf(join(rootfs, name), name)));
  return [
    ...mounts,
    ["--ro-bind", etcFolder, "/etc"],
    ["--ro-bind", sidecar.folder, JAIL.sidecar],
    ["--ro-bind", sidecar.nodePath, join(JAIL.sidecar, "node")],
  ].flat();
}

/** Devices, sockets and pipes are left out, and names that are no text. */
async function mountOf(path: string, name: string): Promise<string[]> {
  const found = await lstat(path).catch(() => undefined);
  if (found?.isSymbolicLink() === true) return ["--symlink", await readlink(path), `/${name}`];
  if (found?.isDirectory() === true || found?.isFile() === true) return ["--ro-bind", path, `/${name}`];
  return [];
}
