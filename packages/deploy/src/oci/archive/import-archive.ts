import { posix } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { ReleaseImage } from "@berth/protocol";
import type { ImagePlace } from "../blobs.ts";
import { readAll } from "../read-all.ts";
import { writeBytes } from "../write-image.ts";
import { readTar } from "../tar/read-tar.ts";
import { decodeBytes } from "../unpack/decode-bytes.ts";
import { refused } from "../unpack/image-limits.ts";
import type { ArchiveFiles, StoredFile } from "./archive-files.ts";
import { dockerImage } from "./docker-archive.ts";
import { layoutImage } from "./layout-archive.ts";

export interface ImportOptions {
  /** Of the whole archive, after a compression around it is undone. */
  readonly maxBytes?: number;
  readonly maxFiles?: number;
  readonly tag?: string;
  /** Which image of several, as the archive names it. */
  readonly name?: string;
  readonly signal?: AbortSignal;
}

const MAX_BYTES = 8 * 1024 ** 3;
const MAX_FILES = 10_000;
const BLOB = /^blobs\/sha256\/([0-9a-f]{64})$/;
/** The files that say what the others are. */
const INDEXES: ReadonlySet<string> = new Set(["index.json", "manifest.json", "oci-layout"]);
const MAX_INDEX_BYTES = 4 * 1024 * 1024;

/**
 * An image out of a tar: an OCI image layout, or what `docker save` writes; either may be compressed. Bytes go to the
 * place as they come, so of an archive that is refused at its end there may be blobs that nothing names.
 * @throws ARCHIVE_REFUSED, CONTENT_MISMATCH, REQUEST_TOO_LARGE, CANCELED
 */
export async function importArchive(
  place: ImagePlace,
  archive: AsyncIterable<Uint8Array>,
  options: ImportOptions = {},
): Promise<ReleaseImage> {
  const files = await readArchive(place, archive, options);
  const named = options.name === undefined ? {} : { name: options.name };
  const tagged = options.tag === undefined ? {} : { tag: options.tag };
  if (files.indexes.has("index.json")) return await layoutImage(place, files, { ...named, ...tagged });
  if (files.indexes.has("manifest.json")) return await dockerImage(place, files, { ...named, ...tagged });
  throw new PlatformError("ARCHIVE_REFUSED", "The archive is no image: it has neither index.json nor manifest.json.", {
    hint: "Make it with `skopeo copy … oci-archive:image.tar` or `docker save -o image.tar`.",
  });
}

async function readArchive(
  place: ImagePlace,
  archive: AsyncIterable<Uint8Array>,
  { maxBytes = MAX_BYTES, maxFiles = MAX_FILES, signal }: ImportOptions,
): Promise<ArchiveFiles> {
  const [stored, links, indexes] = [
    new Map<string, StoredFile>(),
    new Map<string, string>(),
    new Map<string, Uint8Array>(),
  ];
  const waiting = signal === undefined ? {} : { signal };
  const onRead = (total: number): void => {
    if (signal?.aborted === true) throw new PlatformError("CANCELED", "Reading the archive was canceled.");
    if (total > maxBytes) throw new PlatformError("REQUEST_TOO_LARGE", `The archive is larger than ${maxBytes} bytes.`);
  };
  let count = 0;
  for await (const { header, content } of readTar(decodeBytes(archive), onRead)) {
    count += 1;
    if (count > maxFiles) throw refused(`The archive holds more than ${maxFiles} files.`);
    const path = posix.normalize(header.name).replace(/^\.?\//, "");
    if (header.type === "symlink" || header.type === "link") {
      const from = header.type === "symlink" ? posix.dirname(path) : ".";
      links.set(path, posix.join(from, header.linkname ?? ""));
      continue;
    }
    if (header.type !== "file") continue;
    if (INDEXES.has(path)) indexes.set(path, await readAll(content, MAX_INDEX_BYTES, path));
    else if (header.size > 0) {
      const hex = BLOB.exec(path)?.[1];
      const digest = hex === undefined ? {} : { digest: `sha256:${hex}` };
      stored.set(path, await place.write(content, { ...digest, maxBytes: header.size, ...waiting }));
    } else stored.set(path, await writeBytes(place, new Uint8Array()));
  }
  return { stored, links, indexes };
}
