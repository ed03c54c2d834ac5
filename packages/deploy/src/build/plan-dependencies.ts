import { PlatformError } from "@berth/protocol";
import type { PackageManifest } from "../source/read-project.ts";
import type { PlatformPackages } from "./platform-packages.ts";
import { OWN_PACKAGES } from "./platform-packages.ts";
import { satisfies } from "./version-range.ts";

export interface DependencyPlan {
  /** Names that are taken from the platform's node_modules. */
  readonly fromPlatform: ReadonlySet<string>;
  /** Name and range of what npm has to install; empty means that npm is not run. */
  readonly fromRegistry: { readonly [name: string]: string };
  /** Everything the agent's own code may import by name. */
  readonly declared: ReadonlySet<string>;
}

/**
 * Schemas made by one copy of zod are read by the SDK, so both should be one copy where the versions allow it.
 */
const SHARED_WITH_SDK = ["zod"];

/**
 * Decides where dependencies come from. A folder whose every dependency stands beside the platform, in a version that
 * fits and that no lock file contradicts, is built without npm: at once, and without a network.
 * @param locked versions of the folder's package-lock.json
 * @throws CONFIG_INVALID for a dependency that is not a range or tag of a registry package.
 */
export function planDependencies(
  manifest: PackageManifest,
  platform: Pick<PlatformPackages, "versionOf">,
  locked: ReadonlyMap<string, string> = new Map(),
): DependencyPlan {
  const asked = Object.entries({ ...manifest.optionalDependencies, ...manifest.dependencies });
  const declared = new Set([...asked.map(([name]) => name), ...OWN_PACKAGES]);
  const foreign = asked.filter(([name]) => !OWN_PACKAGES.has(name));
  for (const [name, range] of foreign) checkDependency(name, range);

  const present = new Set(foreign.filter(([name, range]) => isPresent(name, range)).map(([name]) => name));
  const isComplete = foreign.every(([name]) => present.has(name));
  const fromPlatform = isComplete ? present : new Set(SHARED_WITH_SDK.filter((name) => present.has(name)));
  const fromRegistry = foreign.filter(([name]) => !fromPlatform.has(name));
  return {
    fromPlatform: new Set([...fromPlatform, ...OWN_PACKAGES]),
    fromRegistry: Object.fromEntries(fromRegistry),
    declared,
  };

  function isPresent(name: string, range: string): boolean {
    const version = platform.versionOf(name);
    if (version === undefined || !satisfies(version, range)) return false;
    return (locked.get(name) ?? version) === version;
  }
}

const PACKAGE_NAME = /^(@[a-z0-9~-][a-z0-9._~-]*\/)?[a-z0-9~-][a-z0-9._~-]*$/i;

/**
 * Only packages of the registry: `file:` and `link:` would read this machine, git and URLs would make it fetch from
 * wherever the author says, and git runs programs.
 */
function checkDependency(name: string, range: string): void {
  const isNamed = PACKAGE_NAME.test(name) && !name.includes("..");
  if (isNamed && range.length <= 200 && REGISTRY_RANGE.test(range) && !FILE_RANGE.test(range)) return;
  throw new PlatformError("CONFIG_INVALID", `package.json: dependency ${name} cannot be "${range.slice(0, 200)}".`, {
    hint: "Dependencies are versions of packages in the registry, such as ^1.2.3; files, git and URLs are not taken.",
  });
}

/** A range, a tag, or `npm:` and another package. */
const REGISTRY_RANGE = /^(npm:(@[\w-][\w.-]*\/)?[\w-][\w.-]*(@|$))?[\w .^~<>=|*+-]*$/;
/** What npm-package-arg takes for a file although it has no slash. */
const FILE_RANGE = /^\s*\.|\.(tgz|tar|tar\.gz)\s*$/i;
