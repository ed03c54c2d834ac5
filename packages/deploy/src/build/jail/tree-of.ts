import { UNPACK_LIMITS, unpackArchive } from "../../unpack/unpack-archive.ts";
import type { SourceFile } from "../../unpack/source-tree.ts";

/** The files that a jailed build has put out as a gzipped tar; as hostile as any. @throws ARCHIVE_REFUSED */
export async function treeOf(output: Uint8Array, signal: AbortSignal | undefined): Promise<readonly SourceFile[]> {
  // Nothing but folders is not a tree, and here no mistake.
  if (output.length === 0) return [];
  return (await unpackArchive(output, UNPACK_LIMITS, signal)).files;
}
