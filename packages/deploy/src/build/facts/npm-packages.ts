import { readFile } from "node:fs/promises";
import { join } from "node:path";
import type { PackageFact } from "../built-files.ts";
import { npmPurl, sorted } from "./purl.ts";

const FOLDER = /^(.*node_modules\/(?:@[^/]+\/)?[^/@][^/]*)\//;

/**
 * The packages of which something is in a bundle, by the files that went into it, relative to `app`.
 * @param digests what the registry said of them, by name and version
 */
export async function npmPackages(
  inputs: Iterable<string>,
  app: string,
  digests: ReadonlyMap<string, string> = new Map(),
): Promise<readonly PackageFact[]> {
  const folders = new Set([...inputs].flatMap((input) => FOLDER.exec(input)?.[1] ?? []));
  const facts = [...folders].map(async (folder) => await factOf(join(app, folder), digests));
  return sorted((await Promise.all(facts)).flat());
}

async function factOf(folder: string, digests: ReadonlyMap<string, string>): Promise<readonly PackageFact[]> {
  const manifest = await readManifest(join(folder, "package.json"));
  const { name, version, license } = manifest;
  if (typeof name !== "string" || typeof version !== "string") return [];
  const digest = digests.get(`${name}@${version}`);
  return [
    {
      purl: npmPurl(name, version),
      ...(digest === undefined ? {} : { digest }),
      ...(typeof license === "string" ? { licence: license.slice(0, 200) } : {}),
    },
  ];
}

async function readManifest(file: string): Promise<{ readonly [key: string]: unknown }> {
  try {
    const value: unknown = JSON.parse(await readFile(file, "utf8"));
    // An object's members may be anything; each is looked at.
    return typeof value === "object" && value !== null ? (value as { readonly [key: string]: unknown }) : {};
  } catch {
    return {};
  }
}

/** `integrity` of a lock file of npm's as digests, by name and version. */
export function lockedDigests(lockFile: string | undefined): ReadonlyMap<string, string> {
  const digests = new Map<string, string>();
  if (lockFile === undefined) return digests;
  // As parseLockFile has written it.
  const { packages } = JSON.parse(lockFile) as {
    readonly packages: {
      readonly [path: string]: { readonly version?: unknown; readonly integrity?: unknown; readonly name?: unknown };
    };
  };
  for (const [path, { name, version, integrity }] of Object.entries(packages)) {
    const sum = /^(sha512|sha256)-([A-Za-z0-9+/]+=*)$/.exec(String(integrity));
    const named =
      typeof name === "string" ? name : path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length);
    if (sum === null || typeof version !== "string") continue;
    digests.set(`${named}@${version}`, `${sum[1] ?? ""}:${Buffer.from(sum[2] ?? "", "base64").toString("hex")}`);
  }
  return digests;
}
