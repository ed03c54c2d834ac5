import { lstat, readFile, readdir } from "node:fs/promises";
import { join } from "node:path";
import { AGENT_NAME_PATTERN } from "@berth/protocol";
import type { EvalSuite } from "@berth/protocol";
import { parseSuites } from "../../evals/parse-suites.ts";

interface FoundFile {
  readonly path: string;
  readonly bytes: Uint8Array;
}

const CONFIG = "berth.json";
const MAX_CONFIG_BYTES = 1024 * 1024;
const MAX_SUITE_FILES = 100;
const MAX_SEED_FILES = 2_000;

/** Of a fetched source. @throws CONFIG_INVALID */
export async function suitesOf(source: string): Promise<readonly EvalSuite[]> {
  return parseSuites(await filesBelow(source, "evals", { depth: 1, limit: MAX_SUITE_FILES }));
}

/** What begins the workspace. */
export async function seedsOf(source: string): Promise<readonly FoundFile[]> {
  return await filesBelow(source, "workspace", { depth: 32, limit: MAX_SEED_FILES });
}

/** As berth.json has it, if it has one that can be one. What else is wrong with it the build says. */
export async function nameIn(source: string): Promise<string | undefined> {
  const file = join(source, CONFIG);
  try {
    const info = await lstat(file);
    if (!info.isFile() || info.size > MAX_CONFIG_BYTES) return undefined;
    const { name } = new Object(JSON.parse(await readFile(file, "utf8"))) as { readonly name?: unknown };
    return typeof name === "string" && AGENT_NAME_PATTERN.test(name) ? name : undefined;
  } catch {
    return undefined;
  }
}

/** Plain files only: a link is nobody's file here. */
async function filesBelow(
  root: string,
  folder: string,
  bounds: { readonly depth: number; readonly limit: number },
): Promise<readonly FoundFile[]> {
  const files: FoundFile[] = [];
  await walk(folder, bounds.depth);
  return files;

  async function walk(path: string, depth: number): Promise<void> {
    const info = await lstat(join(root, path)).catch(() => undefined);
    if (info?.isDirectory() !== true || depth === 0) return;
    const entries = await readdir(join(root, path), { withFileTypes: true });
    for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
      if (files.length >= bounds.limit) return;
      const child = `${path}/${entry.name}`;
      if (entry.isDirectory()) await walk(child, depth - 1);
      else if (entry.isFile()) files.push({ path: child, bytes: await readFile(join(root, child)) });
    }
  }
}
