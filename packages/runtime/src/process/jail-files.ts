import { createHash, randomUUID } from "node:crypto";
import { chmod, copyFile, constants, mkdir, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { baseFolder, isRoot, makeFolder } from "../driver/base-folder.ts";
import { JAIL } from "./jail-arguments.ts";

const BRIDGE = fileURLToPath(new URL("../bridge/bridge.cjs", import.meta.url));
const ZYGOTE = fileURLToPath(new URL("../bridge/zygote.mjs", import.meta.url));

/** All that a jail has in /etc: names for its own user and for itself. */
export const ETC: Readonly<Record<string, string>> = {
  passwd: `agent:x:${JAIL.uid}:${JAIL.uid}::${JAIL.tmp}:/bin/sh\n`,
  group: `agent:x:${JAIL.uid}:\n`,
  hosts: "127.0.0.1 localhost\n::1 localhost\n",
  "nsswitch.conf": "passwd: files\ngroup: files\nhosts: files\n",
};

export interface JailFiles {
  readonly etcFolder: string;
  readonly bridgePath: string;
  readonly zygotePath: string;
  readonly seccompPath: string;
}

/** Writes the files every jail mounts, once per content, where the jailed uid can read them. */
export async function writeJailFiles(home: string, seccomp: Buffer): Promise<JailFiles> {
  const [bridge, zygote] = await Promise.all([BRIDGE, ZYGOTE].map(async (file) => await readFile(file, "utf8")));
  const contents = { "bridge.cjs": bridge ?? "", "zygote.mjs": zygote ?? "", "seccomp.bpf": seccomp };
  const digest = createHash("sha256")
    .update(JSON.stringify([ETC, contents]))
    .digest("hex");
  const folder = join(baseFolder(home), `jail-${digest.slice(0, 12)}`);
  if (!(await exists(folder))) {
    const draft = `${folder}.${randomUUID()}`;
    await makeFolder(join(draft, "etc"), 0o755);
    await chmod(draft, 0o755);
    const write = async (name: string, content: string | Buffer): Promise<void> => {
      await writeFile(join(draft, name), content);
      await chmod(join(draft, name), 0o644);
    };
    for (const [name, content] of Object.entries(ETC)) await write(join("etc", name), content);
    for (const [name, content] of Object.entries(contents)) await write(name, content);
    await moveInto(draft, folder);
  }
  return {
    etcFolder: join(folder, "etc"),
    bridgePath: join(folder, "bridge.cjs"),
    zygotePath: join(folder, "zygote.mjs"),
    seccompPath: join(folder, "seccomp.bpf"),
  };
}

/** The Node to mount: as it is, or a copy when a uid of ours could not walk to it (a checkout under /root). */
export async function reachableNode(nodePath: string): Promise<string> {
  const source = await realpath(nodePath);
  if (!isRoot() || (await isReachableByAll(source))) return source;
  const { size, mtimeMs } = await stat(source);
  const key = createHash("sha256").update(`${source} ${size} ${mtimeMs}`).digest("hex").slice(0, 12);
  const version = source === (await realpath(process.execPath)) ? process.version.slice(1) : "custom";
  const folder = `/var/lib/berth/node-${version}-${key}`;
  if (!(await exists(folder))) {
    const draft = `${folder}.${randomUUID()}`;
    await mkdir("/var/lib/berth", { recursive: true });
    await chmod("/var/lib/berth", 0o711);
    await makeFolder(draft, 0o755);
    await copyFile(source, join(draft, "node"), constants.COPYFILE_FICLONE);
    await chmod(join(draft, "node"), 0o755);
    await moveInto(draft, folder);
  }
  return join(folder, "node");
}

/** Whether any uid may walk to it and read it; an access control list could say otherwise and is not asked. */
export async function isReachableByAll(file: string): Promise<boolean> {
  if (((await stat(file)).mode & 0o005) !== 0o005) return false;
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & 0o001) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

/** Somebody else may have made the same in the meantime: theirs is as good. */
export async function moveInto(draft: string, folder: string): Promise<void> {
  await rename(draft, folder).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(folder))) throw error;
  });
}

export function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
