import { createHash, randomUUID } from "node:crypto";
import { chmod, copyFile, mkdir, readFile, realpath, stat, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fileURLToPath } from "node:url";
import { baseFolder, makeFolder } from "../driver/base-folder.ts";
import { JAIL } from "./jail-arguments.ts";
import { exists, moveInto } from "./jail-files.ts";
import { linkedLibraries } from "./linked-libraries.ts";

const BRIDGE = fileURLToPath(new URL("../bridge/bridge.cjs", import.meta.url));
const RUN_PROGRAM = fileURLToPath(new URL("../bridge/run-program.cjs", import.meta.url));
const LOADER = /^ld-(linux|musl)[^/]*$/;
/** It only passes bytes on: small heaps, and no threads of V8, which would count as processes of the agent. */
const NODE_OPTIONS = [
  "--max-old-space-size=24",
  "--max-semi-space-size=1",
  "--v8-pool-size=0",
  "--disable-sigusr1",
  "--no-warnings",
];

/** The platform's part of a jail in whose root there is nothing of ours: Node with its loader and libraries, and the bridge. */
export interface Sidecar {
  /** On the host; mounted at JAIL.sidecar. */
  readonly folder: string;
  /** Mounted onto an empty file in it. */
  readonly nodePath: string;
  /** Runs the program that BERTH_PROGRAM describes. */
  readonly command: readonly string[];
  /** Sets limits of the command that follows it; undefined where there is no prlimit. */
  readonly prlimit: readonly string[] | undefined;
}

interface SidecarParts {
  readonly nodePath: string;
  readonly prlimitPath: string | undefined;
}

/** Makes it when it is first asked for, and again where that failed. */
export function sidecarMaker(home: string, parts: SidecarParts): () => Promise<Sidecar> {
  let made: Promise<Sidecar> | undefined;
  return () =>
    (made ??= makeSidecar(home, parts).catch((error: unknown) => {
      made = undefined;
      throw error;
    }));
}

/** Writes it once per content, where the jailed uid can read it. */
async function makeSidecar(home: string, { nodePath, prlimitPath }: SidecarParts): Promise<Sidecar> {
  const programs = [nodePath, ...(prlimitPath === undefined ? [] : [prlimitPath])];
  const linked = new Set((await Promise.all(programs.map(linkedLibraries))).flat());
  const files = new Map<string, string>(
    await Promise.all([...linked].map(async (path) => [join("lib", basename(path)), await realpath(path)] as const)),
  );
  if (prlimitPath !== undefined) files.set("prlimit", await realpath(prlimitPath));
  files.set("bridge.cjs", BRIDGE).set("run-program.cjs", RUN_PROGRAM);
  const folder = join(baseFolder(home), `sidecar-${await keyOf(files)}`);
  if (!(await exists(folder))) await write(folder, files);
  const loader = [...linked].map((path) => basename(path)).find((name) => LOADER.test(name));
  const inJail = (path: string): string => join(JAIL.sidecar, path);
  // The loader by hand: a program names the one of its own root.
  const linkedAs = (path: string): string[] =>
    loader === undefined ? [inJail(path)] : [inJail(`lib/${loader}`), "--library-path", inJail("lib"), inJail(path)];
  return {
    folder,
    nodePath: await realpath(nodePath),
    command: [...linkedAs("node"), ...NODE_OPTIONS, inJail("run-program.cjs")],
    prlimit: prlimitPath === undefined ? undefined : linkedAs("prlimit"),
  };
}

async function write(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const draft = `${folder}.${randomUUID()}`;
  await makeFolder(draft, 0o755);
  await mkdir(join(draft, "lib"));
  await chmod(join(draft, "lib"), 0o755);
  await writeFile(join(draft, "node"), "");
  for (const [path, source] of files) {
    await copyFile(source, join(draft, path));
    await chmod(join(draft, path), 0o755);
  }
  await moveInto(draft, folder);
}

async function keyOf(files: ReadonlyMap<string, string>): Promise<string> {
  const hash = createHash("sha256");
  for (const [path, source] of files) {
    const isScript = path.endsWith(".cjs");
    const { size, mtimeMs } = await stat(source);
    hash.update(JSON.stringify([path, isScript ? await readFile(source, "utf8") : [source, size, mtimeMs]]));
  }
  return hash.digest("hex").slice(0, 12);
}
