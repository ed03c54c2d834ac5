import { stat, readFile } from "node:fs/promises";
import { join } from "node:path";
import { listSourceFiles, readProject } from "@berth/deploy/pack";
import { PlatformError } from "@berth/protocol";

/** The folder as `a2a dev` reads it. */
export interface DevProject {
  readonly folder: string;
  /** Relative to the folder. */
  readonly entry: string;
  /** Starts it instead of the entry. */
  readonly command?: string;
  /** From berth.json. */
  readonly env: Readonly<Record<string, string>>;
  readonly startTimeoutMs: number;
  /** berth.json as it stands, for the platform to check; absent: there is none. */
  readonly config?: unknown;
  /** Changes when a file that a deploy would take changes. */
  readonly fingerprint: ReadonlyMap<string, string>;
}

/** Built into what only a sandbox runs. */
const MODULES: ReadonlySet<string> = new Set(["rust", "wasm"]);

/** @throws CONFIG_INVALID, ARCHIVE_REFUSED */
export async function readDevProject(folder: string, command: string | undefined): Promise<DevProject> {
  const files = await listSourceFiles(folder);
  const project = command === undefined ? await readProject(files, { hasEngine: false }) : undefined;
  const entry = project?.entry ?? "";
  if (project !== undefined && project.buildpack !== "node") {
    throw new PlatformError(
      "CONFIG_INVALID",
      `${entry} (${project.buildpack}) is nothing that a2a dev starts by itself.`,
      {
        hint: MODULES.has(project.buildpack)
          ? "Deploy it: `a2a deploy`. Its sandbox starts in milliseconds."
          : "Say what starts it: a2a dev --exec 'COMMAND'. It must listen where PORT says.",
      },
    );
  }
  const stamps = await Promise.all(
    files.map(async ({ path, file }) => {
      const { mtimeMs, size } = await stat(file);
      return [path, `${size} ${mtimeMs}`] as const;
    }),
  );
  const config = files.some(({ path }) => path === "berth.json") ? await readConfig(folder) : undefined;
  return {
    folder,
    entry,
    ...(command === undefined ? {} : { command }),
    env: project?.config.env ?? {},
    startTimeoutMs: (project?.config.timeouts.startSeconds ?? 30) * 1_000,
    ...(config === undefined ? {} : { config }),
    fingerprint: new Map(stamps),
  };
}

/** The first file that is not as it was. */
export function changedFile(before: DevProject, after: DevProject): string | undefined {
  for (const [path, stamp] of after.fingerprint) if (before.fingerprint.get(path) !== stamp) return path;
  for (const path of before.fingerprint.keys()) if (!after.fingerprint.has(path)) return path;
  return undefined;
}

async function readConfig(folder: string): Promise<unknown> {
  const text = await readFile(join(folder, "berth.json"), "utf8");
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new PlatformError("CONFIG_INVALID", `berth.json is not JSON: ${detail}.`, { cause: error });
  }
}
