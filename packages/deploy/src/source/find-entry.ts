import { PlatformError } from "@berth/protocol";

/** Where an agent in JavaScript starts when neither berth.json nor package.json says so, in this order. */
const DEFAULT_ENTRIES: readonly string[] = ["src/agent", "agent", "index", "src/index"].flatMap((stem) =>
  [".ts", ".tsx", ".mts", ".js", ".mjs", ".cjs"].map((extension) => stem + extension),
);

export interface EntryHints {
  /** `entry` of berth.json. */
  readonly configEntry?: string;
  /** `main` of package.json. */
  readonly packageMain?: string;
}

/**
 * The file that an agent in JavaScript starts from, relative to the folder.
 * @throws CONFIG_INVALID when the named file is missing, or when none is named and none of the usual ones is there.
 */
export function findEntry(paths: ReadonlySet<string>, hints: EntryHints): string {
  const found = lookForEntry(paths, hints);
  if (found !== undefined) return found;
  const named = hints.configEntry ?? hints.packageMain;
  if (named === undefined) {
    throw new PlatformError("CONFIG_INVALID", "The folder has no agent: no file to start from was found.", {
      hint: 'Add src/agent.ts, or name the file with "entry" in berth.json or "main" in package.json.',
    });
  }
  const where = hints.configEntry === undefined ? "package.json (main)" : "berth.json (entry)";
  throw missingEntry(where, named);
}

/** The same, or undefined. */
export function lookForEntry(paths: ReadonlySet<string>, { configEntry, packageMain }: EntryHints): string | undefined {
  const named = configEntry ?? packageMain;
  if (named !== undefined) {
    const path = named.replace(/^(\.\/)+/, "");
    const found = [path, `${path}.js`, `${path}.ts`, `${path}/index.js`, `${path}/index.ts`].find((p) => paths.has(p));
    // `npm init` writes "main": "index.js" into folders that have none: only an entry in berth.json must be there.
    if (found !== undefined || configEntry !== undefined) return found;
  }
  return DEFAULT_ENTRIES.find((entry) => paths.has(entry));
}

/** A module at the top of the folder, when it is the only one. */
export function findModule(paths: ReadonlySet<string>, configEntry: string | undefined): string | undefined {
  if (configEntry !== undefined) {
    if (paths.has(configEntry)) return configEntry;
    throw missingEntry("berth.json (entry)", configEntry);
  }
  const [module, ...others] = [...paths].filter((path) => /^[^/]+\.wasm$/.test(path));
  return others.length === 0 ? module : undefined;
}

export function missingEntry(where: string, named: string): PlatformError {
  return new PlatformError("CONFIG_INVALID", `${where} names ${named}, and the folder has no such file.`, {
    hint: "Check the path; files that .gitignore or .berthignore name are left out.",
  });
}
