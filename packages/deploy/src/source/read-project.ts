import { readFile } from "node:fs/promises";
import { DEFAULT_AGENT_CONFIG, PlatformError, parseAgentConfig } from "@berth/protocol";
import type { AgentConfig } from "@berth/protocol";
import { findEntry } from "./find-entry.ts";
import type { SourceEntry } from "./list-source-files.ts";

/** The parts of package.json that a build reads. */
export interface PackageManifest {
  readonly name?: string;
  readonly main?: string;
  readonly type?: "module" | "commonjs";
  readonly dependencies: { readonly [name: string]: string };
  readonly optionalDependencies: { readonly [name: string]: string };
}

export interface Project {
  readonly config: AgentConfig;
  readonly manifest: PackageManifest;
  /** Relative to the folder. */
  readonly entry: string;
  readonly files: readonly SourceEntry[];
}

const MAX_JSON_BYTES = 1024 * 1024;

/**
 * What a folder says about itself.
 * @throws CONFIG_INVALID naming the file and what is wrong with it.
 */
export async function readProject(files: readonly SourceEntry[]): Promise<Project> {
  const berth = await readJson(files, "berth.json");
  const config = berth === undefined ? DEFAULT_AGENT_CONFIG : parseAgentConfig(berth);
  const manifest = parseManifest((await readJson(files, "package.json")) ?? {});
  const entry = findEntry(new Set(files.map(({ path }) => path)), {
    ...(config.entry === undefined ? {} : { configEntry: config.entry }),
    ...(manifest.main === undefined ? {} : { packageMain: manifest.main }),
  });
  return { config, manifest, entry, files };
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
  const { name, main, type } = value;
  return {
    ...(typeof name === "string" ? { name } : {}),
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
