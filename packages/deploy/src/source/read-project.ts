import { readFile } from "node:fs/promises";
import { DEFAULT_AGENT_CONFIG, PlatformError, parseAgentConfig } from "@berth/protocol";
import type { AgentConfig } from "@berth/protocol";
import { DOCKERFILES, detectBuildpack } from "./detect-buildpack.ts";
import type { ChosenBuildpack, Detection } from "./detect-buildpack.ts";
import { findEntry, findModule, missingEntry } from "./find-entry.ts";
import { findGoPackage } from "./find-go-package.ts";
import { findPythonEntry } from "./find-python-entry.ts";
import type { SourceEntry } from "./list-source-files.ts";

/** The parts of package.json that a build reads. */
export interface PackageManifest {
  readonly name?: string;
  readonly version?: string;
  readonly main?: string;
  readonly type?: "module" | "commonjs";
  readonly dependencies: { readonly [name: string]: string };
  readonly optionalDependencies: { readonly [name: string]: string };
}

export interface Project extends Detection {
  readonly config: AgentConfig;
  readonly manifest: PackageManifest;
  /** What is built, relative to the folder: a file or, of Go, a package's folder. Of an image: how it is named. */
  readonly entry: string;
  readonly files: readonly SourceEntry[];
}

const MAX_JSON_BYTES = 1024 * 1024;

/** @throws CONFIG_INVALID */
export async function readConfig(files: readonly SourceEntry[]): Promise<AgentConfig> {
  const berth = await readJson(files, "berth.json");
  return berth === undefined ? DEFAULT_AGENT_CONFIG : parseAgentConfig(berth);
}

/**
 * What a folder says about itself.
 * @throws CONFIG_INVALID naming the file and what is wrong with it.
 */
export async function readProject(
  files: readonly SourceEntry[],
  { hasEngine }: { readonly hasEngine: boolean },
): Promise<Project> {
  const config = await readConfig(files);
  const manifest = parseManifest((await readJson(files, "package.json")) ?? {});
  const paths = new Set(files.map(({ path }) => path));
  const main = manifest.main === undefined ? {} : { packageMain: manifest.main };
  const detection = detectBuildpack(paths, { config, hasEngine, ...main });
  const project = { ...detection, config, manifest, files, entry: "" };
  return { ...project, entry: await ENTRIES[detection.buildpack](project, paths) };
}

type FindEntry = (project: Project, paths: ReadonlySet<string>) => string | Promise<string>;

const ENTRIES: { readonly [Name in ChosenBuildpack]: FindEntry } = {
  image: ({ config }) => config.image ?? "",
  dockerfile: ({ config }, paths) => existing(paths, config.build?.dockerfile, "build.dockerfile", DOCKERFILES),
  node: ({ config: { entry }, manifest: { main } }, paths) =>
    findEntry(paths, {
      ...(entry === undefined ? {} : { configEntry: entry }),
      ...(main === undefined ? {} : { packageMain: main }),
    }),
  python: async ({ config, files }) => await findPythonEntry(files, config.entry),
  go: async ({ config, files }) => await findGoPackage(files, config.entry),
  rust: (_, paths) => existing(paths, undefined, "build.use", ["Cargo.toml"]),
  wasm: ({ config }, paths) =>
    findModule(paths, config.entry) ?? existing(paths, undefined, "build.use", ["agent.wasm"]),
  static: ({ config }, paths) => existing(paths, config.entry, "entry", ["index.html"]),
};

function existing(
  paths: ReadonlySet<string>,
  named: string | undefined,
  key: string,
  usual: readonly string[],
): string {
  const found = named === undefined ? usual.find((path) => paths.has(path)) : paths.has(named) ? named : undefined;
  if (found !== undefined) return found;
  throw missingEntry(`berth.json (${key})`, named ?? usual.join(" or "));
}

async function readJson(files: readonly SourceEntry[], path: string): Promise<unknown> {
  const found = files.find((entry) => entry.path === path);
  if (found === undefined) return undefined;
  if (found.size > MAX_JSON_BYTES) throw invalid(path, "is larger than 1 MiB");
  const text = await readFile(found.file, "utf8");
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw invalid(path, `is not JSON: ${error instanceof Error ? error.message : String(error)}`, error);
  }
}

function parseManifest(value: unknown): PackageManifest {
  if (!isRecord(value)) throw invalid("package.json", "must hold an object");
  const { name, version, main, type } = value;
  return {
    ...(typeof name === "string" ? { name } : {}),
    ...(typeof version === "string" ? { version } : {}),
    ...(typeof main === "string" && main !== "" ? { main } : {}),
    ...(type === "module" || type === "commonjs" ? { type } : {}),
    dependencies: parseDependencies(value, "dependencies"),
    optionalDependencies: parseDependencies(value, "optionalDependencies"),
  };
}

function parseDependencies(manifest: Record<string, unknown>, key: string): { readonly [name: string]: string } {
  const value = manifest[key] ?? {};
  if (!isRecord(value)) throw invalid("package.json", `${key} must be an object`);
  const entries = Object.entries(value).map(([name, range]): [string, string] => {
    if (typeof range !== "string") throw invalid("package.json", `${key}.${name} must be a version range`);
    return [name, range];
  });
  return Object.fromEntries(entries);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function invalid(file: string, problem: string, cause?: unknown): PlatformError {
  return new PlatformError("CONFIG_INVALID", `${file} ${problem}.`, cause === undefined ? {} : { cause });
}
