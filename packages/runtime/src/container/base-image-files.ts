import { readdir, realpath, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { JAIL } from "../process/jail-arguments.ts";
import { linkedLibraries } from "../process/linked-libraries.ts";
import type { TarEntry } from "./tar-stream.ts";

const BRIDGE = fileURLToPath(new URL("../bridge/bridge.cjs", import.meta.url));
const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
/** Where something is mounted in every container; an image without them would be written to at every start. */
const MOUNT_POINTS = ["/app", "/dev", "/proc", "/sys", "/tmp", JAIL.runFolder];
const MOUNT_FILES = ["/etc/passwd", "/etc/group", "/etc/hosts", "/etc/hostname"];

/**
 * The root of an image in which agents run on this machine's Node: Node, the libraries it is linked with, the bridge and
 * certificate authorities. No shell, no other program, so that there is little to make use of.
 */
export async function baseImageFiles(nodePath: string, programs: readonly string[]): Promise<readonly TarEntry[]> {
  const files = new Map<string, string>([
    [JAIL.node, await realpath(nodePath)],
    [JAIL.bridge, BRIDGE],
  ]);
  if (await exists(AUTHORITIES)) files.set(AUTHORITIES, await realpath(AUTHORITIES));
  for (const program of programs) await addAll(files, program);
  const linked = await Promise.all([nodePath, ...programs].map(async (program) => await linkedLibraries(program)));
  for (const library of linked.flat()) files.set(library, await realpath(library));
  const folders = new Set(MOUNT_POINTS.flatMap(withParents));
  for (const path of [...files.keys(), ...MOUNT_FILES])
    for (const folder of withParents(dirname(path))) folders.add(folder);
  return [
    ...[...folders]
      .toSorted()
      .map((path): TarEntry => ({ kind: "folder", path, mode: path === "/tmp" ? 0o1777 : 0o755 })),
    ...MOUNT_FILES.map((path): TarEntry => ({ kind: "text", path, mode: 0o644, text: "" })),
    { kind: "text", path: "/etc/nsswitch.conf", mode: 0o644, text: "passwd: files\ngroup: files\nhosts: files\n" },
    { kind: "text", path: "/etc/resolv.conf", mode: 0o644, text: "" },
    ...(await Promise.all(
      [...files].map(async ([path, source]): Promise<TarEntry> => {
        const mode = ((await stat(source)).mode & 0o111) === 0 ? 0o644 : 0o755;
        return { kind: "file", path, mode, source };
      }),
    )),
  ];
}

async function addAll(files: Map<string, string>, path: string): Promise<void> {
  const source = await realpath(path);
  if (!(await stat(source)).isDirectory()) {
    files.set(path, source);
    return;
  }
  for (const entry of await readdir(source)) await addAll(files, join(path, entry));
}

function withParents(folder: string): string[] {
  return folder === "/" ? [] : [...withParents(dirname(folder)), folder];
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
