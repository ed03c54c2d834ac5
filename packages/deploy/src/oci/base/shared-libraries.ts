import { readFile, readdir, realpath, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { comparePaths } from "../../source/list-source-files.ts";
import { readElf } from "./elf-file.ts";

/** The loader's own list (ld.so(8)); what ld.so.conf adds comes before it. */
const MULTIARCH: { readonly [architecture: string]: string } = { x64: "x86_64-linux-gnu", arm64: "aarch64-linux-gnu" };
/** glibc opens these by name when it needs them: no file says so. */
const OPENED_BY_NAME = ["libgcc_s.so.1", "libnss_files.so.2", "libnss_dns.so.2", "libresolv.so.2"];

/**
 * The loader and every library that these programs are linked with, found as the loader would. What is not there is left
 * out: a program may live without what its optional modules ask for.
 */
export async function sharedLibraries(programs: readonly string[]): Promise<readonly string[]> {
  const folders = await libraryFolders();
  const found = new Map<string, string>();
  const waiting = [...programs];
  for (const name of OPENED_BY_NAME) await look(name, folders, found, waiting);
  const seen = new Set<string>();
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const real = await realpath(path);
    if (seen.has(real)) continue;
    seen.add(real);
    const elf = await readElf(real);
    if (elf === undefined) continue;
    if (elf.interpreter !== undefined) found.set(elf.interpreter, elf.interpreter);
    const own = elf.searchPath.map((folder) => folder.replaceAll(/\$\{?ORIGIN\}?/g, dirname(real)));
    for (const name of elf.needed) await look(name, [...own, ...folders], found, waiting);
  }
  return [...new Set(found.values())].toSorted(comparePaths);
}

async function look(
  name: string,
  folders: readonly string[],
  found: Map<string, string>,
  waiting: string[],
): Promise<void> {
  const key = basename(name);
  if (found.has(key)) return;
  const candidates = name.includes("/") ? [name] : folders.map((folder) => join(folder, name));
  for (const path of candidates) {
    if (!(await isFile(path))) continue;
    found.set(key, path);
    waiting.push(path);
    return;
  }
}

async function libraryFolders(): Promise<readonly string[]> {
  const triplet = MULTIARCH[process.arch];
  const own = triplet === undefined ? [] : [`/lib/${triplet}`, `/usr/lib/${triplet}`];
  // The loader's built-in folders first: nothing in the image tells it of others.
  return [...own, "/lib64", "/usr/lib64", "/lib", "/usr/lib", ...(await configuredFolders())];
}

async function configuredFolders(): Promise<readonly string[]> {
  const folder = "/etc/ld.so.conf.d";
  const names = await readdir(folder).catch(() => []);
  const texts = await Promise.all(
    names.toSorted(comparePaths).map((name) => readFile(join(folder, name), "utf8").catch(() => "")),
  );
  return texts.flatMap((text) => text.split("\n").filter((line) => line.startsWith("/")));
}

async function isFile(path: string): Promise<boolean> {
  return await stat(path).then(
    (info) => info.isFile(),
    () => false,
  );
}
