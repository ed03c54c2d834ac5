import { PlatformError, isAlwaysLeftOut, parseAgentConfig } from "@berth/protocol";
import type { TarEntry } from "./pack-tar.ts";

/** A file as a folder picker gives it: its path begins with the folder's name. */
export interface PickedFile {
  readonly webkitRelativePath: string;
  readonly content: Blob;
}

export interface ChosenFolder {
  readonly name: string;
  readonly entries: readonly TarEntry[];
  readonly bytes: number;
  /** What stays on this machine, by its topmost part: `node_modules`, `.env`. */
  readonly leftOut: ReadonlyMap<string, number>;
}

/** As packages/deploy has them for an unpacked folder. */
const MAX_FILES = 20_000;
const MAX_BYTES = 200 * 1_048_576;

/** The files that make up the agent: without dependencies, version control and what usually holds secrets. */
export function chooseFiles(picked: readonly PickedFile[]): ChosenFolder {
  const leftOut = new Map<string, number>();
  const entries: TarEntry[] = [];
  for (const { webkitRelativePath, content } of picked) {
    const parts = webkitRelativePath.split("/").slice(1);
    const kept = parts.findIndex((part, index) =>
      isAlwaysLeftOut(part, index === parts.length - 1 ? "file" : "folder"),
    );
    if (kept === -1) entries.push({ path: parts.join("/"), content });
    else {
      const what = parts.slice(0, kept + 1).join("/");
      leftOut.set(what, (leftOut.get(what) ?? 0) + 1);
    }
  }
  const bytes = entries.reduce((sum, { content }) => sum + content.size, 0);
  return { name: picked[0]?.webkitRelativePath.split("/")[0] ?? "", entries, bytes, leftOut };
}

/** What the platform would refuse, told before anything is sent. */
export async function findObjections({ entries, bytes }: ChosenFolder): Promise<readonly string[]> {
  const objections: string[] = [];
  if (entries.length === 0) return ["The folder has no files that could be sent."];
  if (entries.length > MAX_FILES) objections.push(`It has ${entries.length} files; ${MAX_FILES} is the most.`);
  if (bytes > MAX_BYTES) objections.push(`Its files are larger than ${MAX_BYTES / 1_048_576} MiB together.`);
  const config = entries.find(({ path }) => path === "berth.json");
  if (config !== undefined) objections.push(...configObjections(await config.content.text()));
  const hasEntry = entries.some(({ path }) =>
    /^(src\/)?(agent|index)\.[cm]?[jt]sx?$|^Cargo\.toml$|^[^/]+\.wasm$|^package\.json$/.test(path),
  );
  if (!hasEntry && config === undefined) {
    objections.push('No file to start from: add src/agent.ts, or name one with "entry" in berth.json.');
  }
  return objections;
}

function configObjections(text: string): readonly string[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return ["berth.json is not JSON."];
  }
  try {
    parseAgentConfig(value);
    return [];
  } catch (error) {
    if (!(error instanceof PlatformError)) throw error;
    const { violations } = error;
    return violations.length === 0
      ? [`berth.json: ${error.message}`]
      : violations.map(({ field, description }) => `berth.json, ${field}: ${description}`);
  }
}
