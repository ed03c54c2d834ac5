import { hash } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { BlobStore } from "@berth/store";

/**
 * Archives of deployments among the blobs. Each begins with its deployment's id: no other bytes are the same, so that
 * they can be removed with the deployment, and no file of a workspace that is collected takes them along.
 */
export function archiveOf(
  deploymentId: string,
  archive: Uint8Array,
): { readonly blob: string; readonly bytes: Uint8Array } {
  const bytes = Buffer.concat([headerOf(deploymentId), archive]);
  return { blob: `sha256:${hash("sha256", bytes, "hex")}`, bytes };
}

/** What an archive is called, beside where its deployment is worked on: there before the bytes are. */
const MARK = "archive";

/** Durable when it resolves. Whoever finds the folder without a deployment can remove the bytes, too. */
export async function keepArchive(
  { blobs, workFolder }: { readonly blobs: Pick<BlobStore, "put">; readonly workFolder: string },
  deploymentId: string,
  { blob, bytes }: ReturnType<typeof archiveOf>,
): Promise<void> {
  const folder = join(workFolder, deploymentId);
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, MARK), blob);
  await blobs.put(bytes);
}

/** Of a folder that `keepArchive` left. */
export async function markedArchive(folder: string): Promise<string | undefined> {
  const blob = await readFile(join(folder, MARK), "utf8").catch(() => "");
  return /^sha256:[0-9a-f]{64}$/.test(blob) ? blob : undefined;
}

/** @throws SOURCE_FAILED when it is kept no longer */
export async function readArchive(blobs: Pick<BlobStore, "get">, blob: string): Promise<Uint8Array> {
  const bytes = blob === "" ? undefined : await blobs.get(blob);
  const start = bytes?.indexOf(NEWLINE) ?? -1;
  if (bytes !== undefined && start !== -1) return bytes.subarray(start + 1);
  throw new PlatformError("SOURCE_FAILED", "The source of this deployment is not there any more.", {
    hint: "It is kept for a day after the end: deploy the folder again.",
  });
}

const NEWLINE = 10;

function headerOf(deploymentId: string): Buffer {
  return Buffer.from(`${deploymentId}\n`);
}
