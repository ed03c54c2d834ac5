import { createHash, randomUUID } from "node:crypto";
import {
  chmod,
  copyFile,
  link,
  lstat,
  mkdir,
  readdir,
  readFile,
  readlink,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import { baseFolder, makeFolder } from "../driver/base-folder.ts";
import { ETC, exists, moveInto } from "./jail-files.ts";

/** Debian's has about a thousand, most of them certificates. */
const MAX_ENTRIES = 10_000;
const MAX_COPIED_BYTES = 16 * 1024 * 1024;
/** Beside the files: whose they are, to be removed with it. */
const ROOTFS_FILE = "rootfs";

/**
 * A program's /etc: that of its root, with the names of the jail's own user and host in it. A folder of its own, since
 * something can be mounted onto a file of the root only where there is one, and where it is no link that leads elsewhere.
 * Made once per root.
 */
export async function programEtc(home: string, rootfs: string): Promise<string> {
  const { mtimeMs } = await lstat(rootfs);
  const own = { ...ETC, "resolv.conf": "" };
  const key = createHash("sha256")
    .update(JSON.stringify([rootfs, mtimeMs, own]))
    .digest("hex")
    .slice(0, 16);
  const folder = join(etcFolders(home), key);
  if (await exists(folder)) return join(folder, "etc");
  const draft = `${folder}.${randomUUID()}`;
  await makeFolder(etcFolders(home), 0o711);
  await makeFolder(join(draft, "etc"), 0o755);
  await chmod(draft, 0o711);
  try {
    const source = join(rootfs, "etc");
    if ((await lstat(source).catch(() => undefined))?.isDirectory() === true) {
      await takeOver(source, join(draft, "etc"), new Set(Object.keys(own)));
    }
    for (const [name, text] of Object.entries(own)) {
      await writeFile(join(draft, "etc", name), text);
      await chmod(join(draft, "etc", name), 0o644);
    }
    await writeFile(join(draft, ROOTFS_FILE), rootfs, { mode: 0o600 });
    await moveInto(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
  return join(folder, "etc");
}

/** Removes what is of roots that are gone, and what a killed platform left half done. */
export async function sweepProgramEtc(home: string): Promise<void> {
  for (const name of await readdir(etcFolders(home)).catch(() => [])) {
    const folder = join(etcFolders(home), name);
    const rootfs = await readFile(join(folder, ROOTFS_FILE), "utf8").catch(() => undefined);
    if (name.includes(".") || rootfs === undefined || !(await exists(rootfs)))
      await rm(folder, { recursive: true, force: true });
  }
}

function etcFolders(home: string): string {
  return join(baseFolder(home), "program-etc");
}

/** Files get a second name; no link is followed. What is neither file, folder nor link is left out. */
async function takeOver(from: string, to: string, except: ReadonlySet<string>): Promise<void> {
  let entries = 0;
  let copied = 0;
  const copy = async (source: string, target: string, size: number): Promise<void> => {
    copied += size;
    if (copied > MAX_COPIED_BYTES) throw tooMuch(`more than ${MAX_COPIED_BYTES} bytes`);
    await copyFile(source, target);
  };
  const folders: (readonly [string, string, ReadonlySet<string>])[] = [[from, to, except]];
  // Grows while it is walked.
  for (const [source, target, left] of folders) {
    const names = await readdir(source);
    entries += names.length;
    if (entries > MAX_ENTRIES) throw tooMuch(`more than ${MAX_ENTRIES} files`);
    for (const name of names.filter((each) => !left.has(each))) {
      const [file, made] = [join(source, name), join(target, name)];
      const found = await lstat(file).catch(() => undefined);
      if (found?.isSymbolicLink() === true) await symlink(await readlink(file), made);
      else if (found?.isFile() === true) await link(file, made).catch(async () => await copy(file, made, found.size));
      else if (found?.isDirectory() === true) {
        await mkdir(made);
        await chmod(made, 0o755);
        folders.push([file, made, new Set()]);
      }
    }
  }
}

function tooMuch(what: string): PlatformError {
  return new PlatformError("AGENT_START_FAILED", `The image of this agent has ${what} in /etc.`, {
    hint: "Put data elsewhere in the image.",
    retryable: false,
  });
}
