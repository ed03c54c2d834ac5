import { readFile } from "node:fs/promises";
import type { SourceEntry } from "../source/list-source-files.ts";
import type { Bundle } from "./bundle.ts";
import { STUB_PATH, stubSource } from "./launcher.ts";
import type { ReleaseFile } from "./release-digest.ts";

const SOURCE_CODE = /\.([cm]?[jt]s|[jt]sx)$/;
/** Browser files are code that is read, not run. */
const BROWSER_FOLDER = /(^|\/)public\//;
const BUILD_INPUTS: ReadonlySet<string> = new Set([".gitignore", ".berthignore", "package-lock.json", "tsconfig.json"]);

/**
 * Everything a release consists of: the stub, the bundle with its map, and the files the agent may read at run time,
 * under the paths they had beside the source.
 */
export async function collectReleaseFiles(
  source: readonly SourceEntry[],
  bundle: Bundle,
): Promise<readonly ReleaseFile[]> {
  const made: readonly ReleaseFile[] = [
    { path: STUB_PATH, bytes: new TextEncoder().encode(stubSource(bundle.path)) },
    { path: bundle.path, bytes: bundle.code },
    { path: `${bundle.path}.map`, bytes: bundle.map },
  ];
  const taken = new Set(made.map(({ path }) => path));
  const files: ReleaseFile[] = [...made];
  for (const { path, file } of source.filter(({ path }) => isData(path) && !taken.has(path))) {
    files.push({ path, bytes: await readFile(file) });
  }
  return files;
}

/** What an agent may read at run time: no code, no input of a build. */
export function isData(path: string): boolean {
  if (BUILD_INPUTS.has(path) || path.endsWith("/.gitignore")) return false;
  return !SOURCE_CODE.test(path) || BROWSER_FOLDER.test(path);
}
