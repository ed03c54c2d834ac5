import { readFileSync, realpathSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

/** The packages installed beside the platform, which builds may use instead of asking a registry. */
export interface PlatformPackages {
  /** A `node_modules` folder that holds `@berth/sdk`. */
  readonly modulesFolder: string;
  /** Real paths that files of these packages may come from. */
  readonly roots: readonly string[];
  /** The installed version, or undefined. */
  versionOf(name: string): string | undefined;
}

/** Agents get the platform's own copies of these, whatever version they name. */
export const OWN_PACKAGES: ReadonlySet<string> = new Set(["@berth/sdk", "@berth/protocol", "@berth/telemetry"]);

/**
 * @param sdkFolder where `@berth/sdk` is, such as `/usr/lib/node_modules/berth/node_modules/@berth/sdk`. Default: the
 * one installed beside this package.
 */
export function findPlatformPackages(sdkFolder?: string): PlatformPackages {
  const modulesFolder = findModulesFolder(sdkFolder ?? import.meta.dirname);
  // In a checkout node_modules/@berth/sdk is a link into packages/.
  const own = [...OWN_PACKAGES].flatMap((name) => realpathOf(join(modulesFolder, name)));
  return {
    modulesFolder,
    roots: [realpathSync(modulesFolder), ...own],
    versionOf: (name) => readVersion(join(modulesFolder, name, "package.json")),
  };
}

function findModulesFolder(from: string): string {
  // The search paths of `require` from there are every node_modules folder up to the root.
  const candidates = createRequire(join(from, "x.js")).resolve.paths("@berth/sdk") ?? [];
  const found = candidates.find((folder) => readVersion(join(folder, "@berth/sdk/package.json")) !== undefined);
  if (found === undefined) throw new Error(`@berth/sdk is not installed above ${dirname(from)}`);
  return found;
}

function realpathOf(folder: string): readonly string[] {
  try {
    return [realpathSync(folder)];
  } catch {
    return [];
  }
}

function readVersion(file: string): string | undefined {
  try {
    const value: unknown = JSON.parse(readFileSync(file, "utf8"));
    const isPackage = typeof value === "object" && value !== null && "version" in value;
    return isPackage && typeof value.version === "string" ? value.version : undefined;
  } catch {
    return undefined;
  }
}
