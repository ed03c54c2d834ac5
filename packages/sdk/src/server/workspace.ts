import { constants } from "node:fs";
import { mkdir, open, readdir, realpath, unlink } from "node:fs/promises";
import { basename, dirname, join, relative, sep } from "node:path";
import type { Workspace } from "../context.ts";

const MAX_FILE_BYTES = 64 * 1024 * 1024;
const MAX_LISTED_FILES = 10_000;
/** Where the stand-in puts what a run writes. */
const OUTPUTS = "outputs";

/**
 * The stand-in for an agent that runs without the platform's workspace service: the folder `workspace/` in the working
 * directory, or else beside the program. Never the program's own folder: a caller who names paths must not read its
 * source or its .env.
 */
export function openLocalWorkspace(roots: readonly string[] = defaultRoots()): Workspace {
  return {
    async readText(path) {
      return new TextDecoder().decode(await readFile(roots, path));
    },
    readBytes: (path) => readFile(roots, path),
    async list(folder = ".") {
      const root = await findRoot(roots);
      const files = await listFiles(await resolveInside(root, folder), MAX_LISTED_FILES);
      return files.map((file) => relative(root, file).split(sep).join("/")).sort();
    },
    async write(name, content) {
      const root = await findRoot(roots);
      const path = name.startsWith(`${OUTPUTS}/`) ? name : `${OUTPUTS}/${name}`;
      assertInside(path);
      const parent = dirname(path);
      await mkdir(join(root, parent), { recursive: true });
      const folder = await resolveInside(root, parent);
      const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_NOFOLLOW;
      await using handle = await open(join(folder, basename(path)), flags, 0o644);
      await handle.writeFile(content);
      return path;
    },
    async remove(path) {
      if (!path.startsWith(`${OUTPUTS}/`)) throw new Error(`"${path}" was not written by a run.`);
      await unlink(await resolveInside(await findRoot(roots), path));
    },
  };
}

function defaultRoots(): readonly string[] {
  const [, program] = process.argv;
  const beside =
    program === undefined ? [] : [join(dirname(program), "workspace"), join(dirname(program), "../workspace")];
  return [join(process.cwd(), "workspace"), ...beside];
}

async function readFile(roots: readonly string[], path: string): Promise<Uint8Array> {
  const file = await resolveInside(await findRoot(roots), path);
  // The path has no links left; O_NOFOLLOW keeps one from being put there in between.
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const stat = await handle.stat();
    if (!stat.isFile()) throw new Error(`"${path}" is not a file.`);
    if (stat.size > MAX_FILE_BYTES) throw new Error(`"${path}" is larger than ${MAX_FILE_BYTES} bytes.`);
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}

/** Follows no links; node:fs' own recursive listing does, even in circles. */
async function listFiles(folder: string, limit: number): Promise<string[]> {
  const files: string[] = [];
  const folders = [folder];
  for (let next = folders.pop(); next !== undefined && files.length < limit; next = folders.pop()) {
    for (const entry of await readdir(next, { withFileTypes: true })) {
      const path = join(next, entry.name);
      if (entry.isDirectory()) folders.push(path);
      else if (entry.isFile()) files.push(path);
    }
  }
  return files.slice(0, limit);
}

async function findRoot(roots: readonly string[]): Promise<string> {
  for (const root of roots) {
    const real = await realpath(root).catch(() => undefined);
    if (real !== undefined) return real;
  }
  throw new Error("There is no workspace: make a folder named workspace where the agent runs.");
}

/** `path` comes from the caller: attacker-controlled. */
async function resolveInside(root: string, path: string): Promise<string> {
  assertInside(path);
  const segments = path.split("/");
  const real = await realpath(join(root, ...segments)).catch(() => undefined);
  if (real === undefined) throw new Error(`There is no "${path}" in the workspace.`);
  // A link may point anywhere; what counts is where it ends. Outside looks like absent.
  if (real !== root && !real.startsWith(root + sep)) throw new Error(`There is no "${path}" in the workspace.`);
  return real;
}

function assertInside(path: string): void {
  if (path.includes("\0") || path.includes("\\") || path.startsWith("/") || path.split("/").includes("..")) {
    throw new Error(`"${path}" is not a path inside the workspace.`);
  }
}
