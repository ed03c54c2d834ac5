import { PlatformError } from "@berth/protocol";

/** Where an agent starts when neither berth.json nor package.json says so, in this order. */
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
 * The file the agent starts from, relative to the folder; the manifest of a package in Rust, or a WebAssembly module, where there is
 * one and no other source.
 * @throws CONFIG_INVALID when the named file is missing, or when none is named and none of the usual ones is there.
 */
export function findEntry(paths: ReadonlySet<string>, hints: EntryHints): string {
  const named = hints.configEntry ?? hints.packageMain;
  if (named !== undefined) {
    const path = named.replace(/^(\.\/)+/, "");
    const found = [path, `${path}.js`, `${path}.ts`, `${path}/index.js`, `${path}/index.ts`].find((p) => paths.has(p));
    // `npm init` writes "main": "index.js" into folders that have none: only an entry in berth.json must be there.
    if (found !== undefined) return found;
    if (hints.configEntry !== undefined || !DEFAULT_ENTRIES.some((entry) => paths.has(entry))) {
      const where = hints.configEntry === undefined ? "package.json (main)" : "berth.json (entry)";
      throw new PlatformError("CONFIG_INVALID", `${where} names ${named}, and the folder has no such file.`, {
        hint: "Check the path; files that .gitignore or .berthignore name are left out.",
      });
    }
  }
  const usual = DEFAULT_ENTRIES.find((entry) => paths.has(entry));
  if (usual !== undefined) return usual;
  if (paths.has("Cargo.toml")) return "Cargo.toml";
  const [module, ...others] = [...paths].filter((path) => /^[^/]+\.wasm$/.test(path));
  if (module !== undefined && others.length === 0) return module;
  throw new PlatformError("CONFIG_INVALID", "The folder has no agent: no file to start from was found.", {
    hint: 'Add src/agent.ts (or Cargo.toml), or name the file with "entry" in berth.json or "main" in package.json.',
  });
}
