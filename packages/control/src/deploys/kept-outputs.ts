import { readdir, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import type { BlobStore, DeploymentRecord, Store } from "@berth/store";
import { markedArchive } from "./source-archives.ts";

/** How long what a deployment was made of is kept after its end, so that it can be done again. */
export const KEPT_MS: number = 24 * 3_600_000;
/** Sources and work folders of ended deployments together; the oldest go first. */
const MAX_BYTES = 4 * 1024 * 1024 * 1024;
const MAX_KEPT = 500;
const PAGE = 1_000;
/** After every time that anybody keeps anything until. */
export const FOREVER: string = "9999-01-01T00:00:00.000Z";

export interface KeptOutputsOptions {
  readonly store: Pick<Store["deployments"], "expired" | "save">;
  readonly blobs: Pick<BlobStore, "delete">;
  readonly workFolder: string;
  readonly node: string;
  readonly now: () => Date;
  readonly maxBytes?: number;
}

/** Removes what is kept of ended deployments when its time is over, or when it becomes too much. Twice is harmless. */
export async function sweepKept(options: KeptOutputsOptions): Promise<void> {
  const { store, node, now, maxBytes = MAX_BYTES } = options;
  const kept = (await store.expired(FOREVER, PAGE)).filter((each) => each.node === node);
  const at = now().toISOString();
  let bytes = 0;
  // The newest first: they are what is kept when there is too much.
  for (const [index, deployment] of kept.toReversed().entries()) {
    bytes += await bytesOf(options, deployment);
    if ((deployment.keptUntil ?? "") > at && bytes <= maxBytes && index < MAX_KEPT) continue;
    await discard(options, deployment);
  }
}

/** Work folders of deployments that are neither under way nor kept: their platform died at the wrong moment. */
export async function sweepOrphans(
  { workFolder, blobs }: Pick<KeptOutputsOptions, "workFolder" | "blobs">,
  isKnown: (deploymentId: string) => boolean,
): Promise<void> {
  for (const name of await readdir(workFolder).catch(() => [])) {
    if (!name.startsWith("dep_") || isKnown(name)) continue;
    const folder = join(workFolder, name);
    const archive = await markedArchive(folder);
    if (archive !== undefined) await blobs.delete(archive);
    await rm(folder, { recursive: true, force: true });
  }
}

async function discard({ store, blobs, workFolder }: KeptOutputsOptions, deployment: DeploymentRecord): Promise<void> {
  await rm(join(workFolder, deployment.deploymentId), { recursive: true, force: true });
  const { source } = deployment;
  if (source.kind === "archive" && source.blob !== "") await blobs.delete(source.blob);
  const { keptUntil: _keptUntil, ...rest } = deployment;
  await store.save(rest);
}

async function bytesOf(
  { workFolder }: KeptOutputsOptions,
  { deploymentId, source }: DeploymentRecord,
): Promise<number> {
  const archive = source.kind === "archive" ? source.bytes : 0;
  return archive + (await folderBytes(join(workFolder, deploymentId)));
}

async function folderBytes(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const files = entries.filter((entry) => entry.isFile());
  const sizes = await Promise.all(
    files.map(
      async (entry) =>
        await stat(join(entry.parentPath, entry.name)).then(
          ({ size }) => size,
          () => 0,
        ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}
