import { PlatformError } from "@berth/protocol";

export interface StoredFile {
  readonly digest: string;
  readonly size: number;
}

/** What an archive held. Paths are relative and normal. */
export interface ArchiveFiles {
  /** Where the bytes of each file are in the place. */
  readonly stored: ReadonlyMap<string, StoredFile>;
  /** Path to path. */
  readonly links: ReadonlyMap<string, string>;
  readonly indexes: ReadonlyMap<string, Uint8Array>;
}

const MAX_LINKS = 8;

/** @throws ARCHIVE_REFUSED */
export function fileOf({ stored, links }: ArchiveFiles, path: string): StoredFile {
  let at: string | undefined = path;
  for (let hops = 0; at !== undefined && hops < MAX_LINKS; hops += 1) {
    const file = stored.get(at);
    if (file !== undefined) return file;
    at = links.get(at);
  }
  throw new PlatformError(
    "ARCHIVE_REFUSED",
    `The archive names ${JSON.stringify(path.slice(0, 120))}, and does not hold it.`,
  );
}
