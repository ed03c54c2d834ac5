import { readFile } from "node:fs/promises";
import type { SourceEntry } from "../source/list-source-files.ts";

/** A package-lock.json that npm may be shown: every package comes from a registry over HTTPS, with its hash. */
export interface LockFile {
  /** The text for npm, without the packages the platform brings itself. */
  readonly text: string;
  /** Versions of the direct and hoisted packages. */
  readonly versions: ReadonlyMap<string, string>;
}

const MAX_LOCK_BYTES = 32 * 1024 * 1024;

/** Undefined when there is none, or when it names anything else than registry packages; then npm resolves afresh. */
export async function readLockFile(files: readonly SourceEntry[]): Promise<LockFile | undefined> {
  const found = files.find(({ path }) => path === "package-lock.json");
  if (found === undefined || found.size > MAX_LOCK_BYTES) return undefined;
  return parseLockFile(await readFile(found.file, "utf8"));
}

export function parseLockFile(text: string): LockFile | undefined {
  const lock = parseRecord(text);
  if (lock === undefined || !isRecord(lock.packages)) return undefined;
  const packages = Object.entries(lock.packages).filter(([path]) => path !== "");
  const versions = new Map<string, string>();
  for (const [path, entry] of packages) {
    if (!isRecord(entry) || !isFromRegistry(path, entry)) return undefined;
    const name = path.replace(/^node_modules\//, "");
    if (!name.includes("node_modules/") && typeof entry.version === "string") versions.set(name, entry.version);
  }
  // The root entry repeats package.json; without it npm takes the one we write.
  const kept = Object.fromEntries(packages.filter(([path]) => !path.startsWith("node_modules/@berth/")));
  return { text: JSON.stringify({ lockfileVersion: lock.lockfileVersion, requires: true, packages: kept }), versions };
}

function isFromRegistry(path: string, entry: Record<string, unknown>): boolean {
  if (path.startsWith("node_modules/@berth/")) return true;
  if (!path.startsWith("node_modules/") || path.includes("..") || entry.link === true) return false;
  // Left out by npm's omit-lockfile-registry-resolved: the registry is then the configured one.
  if (entry.resolved === undefined) return true;
  return typeof entry.resolved === "string" && entry.resolved.startsWith("https://registry.npmjs.org/");
}

function parseRecord(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
