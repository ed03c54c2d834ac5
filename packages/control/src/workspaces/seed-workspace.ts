import { isPlatformError, pathObjection } from "@berth/protocol";
import type { WorkspaceFiles, Writer } from "./workspaces.ts";

/** The folder of a source whose files begin an organization's workspace. */
const SEED_FOLDER = "workspace/";
const MAX_SEEDS = 1_000;

function isSeed(path: string): boolean {
  return path.startsWith(SEED_FOLDER);
}

export interface SeedRequest {
  readonly orgId: string;
  readonly by: Writer;
  /** Of the source, by paths relative to its root. */
  readonly files: readonly { readonly path: string; readonly bytes: Uint8Array }[];
}

/**
 * Puts the files of the source's `workspace` folder to the same paths below it, where there never was a file: what people
 * have changed or removed since stays as it is. Returns what to tell of it, line by line. Twice is harmless.
 */
export async function seedWorkspace(files: WorkspaceFiles, request: SeedRequest): Promise<readonly string[]> {
  const seeds = request.files.flatMap(({ path, bytes }) =>
    isSeed(path) ? [{ path: path.slice(SEED_FOLDER.length), content: bytes }] : [],
  );
  const told: string[] = [];
  if (seeds.length > MAX_SEEDS)
    told.push(`warning: only the first ${MAX_SEEDS} files of ${SEED_FOLDER} were looked at`);
  let written = 0;
  for (const seed of seeds.slice(0, MAX_SEEDS)) {
    const objection = pathObjection(seed.path) ?? (await refusalOf(files, request, seed));
    if (objection === undefined) written += 1;
    else if (objection !== KNOWN) told.push(`warning: ${SEED_FOLDER}${seed.path} was left out: ${objection}`);
  }
  if (written > 0) told.push(`${written} ${written === 1 ? "file" : "files"} of ${SEED_FOLDER} put into the workspace`);
  return told;
}

const KNOWN = "it is there already";

async function refusalOf(
  files: WorkspaceFiles,
  { orgId, by }: SeedRequest,
  seed: { readonly path: string; readonly content: Uint8Array },
): Promise<string | undefined> {
  try {
    await files.write(orgId, by, { ...seed, expectedVersion: 0 });
    return undefined;
  } catch (error) {
    if (!isPlatformError(error) || error.retryable) throw error;
    return error.reason === "STORE_CONFLICT" ? KNOWN : error.message;
  }
}
