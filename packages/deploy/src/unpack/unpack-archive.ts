import { createGunzip } from "node:zlib";
import { PlatformError } from "@berth/protocol";
import { extract } from "tar-stream";
import type { Extract, Header } from "tar-stream";
import { feedTar } from "./feed-tar.ts";
import { parseEntryPath } from "./entry-path.ts";
import { SourceTreeBuilder } from "./source-tree.ts";
import type { SourceTree } from "./source-tree.ts";

export interface UnpackLimits {
  readonly maxFiles: number;
  readonly maxBytes: number;
  readonly maxPathLength: number;
  readonly maxDepth: number;
  readonly timeoutMs: number;
}

export const UNPACK_LIMITS: UnpackLimits = {
  maxFiles: 20_000,
  maxBytes: 200 * 1024 * 1024,
  maxPathLength: 1_000,
  maxDepth: 64,
  timeoutMs: 30_000,
};

type Entry = Extract extends AsyncIterable<infer T> ? T : never;

/** Header, a pax header for a long path and padding come to less than this for an honest entry. */
const OVERHEAD_PER_ENTRY = 4 * 1024;
/** What the streams between here and the parser may hold, and the zeros at the end of a tar. */
const OVERHEAD_SLACK = 2 * 1024 * 1024;
/** Folders cost nothing to declare, so they get a bound of their own. */
const MAX_ENTRIES_PER_FILE_LIMIT = 2;

/**
 * Reads a gzipped tar into memory. The archive is hostile until it is read: nothing here writes to a disk or follows
 * a link, and output is counted as it is inflated, so a bomb costs no more than the limits.
 * @throws ARCHIVE_REFUSED
 */
export async function unpackArchive(
  archive: Uint8Array,
  limits: UnpackLimits = UNPACK_LIMITS,
  signal?: AbortSignal,
): Promise<SourceTree> {
  const run = new Unpacking(limits, signal);
  try {
    return await run.read(archive);
  } catch (error) {
    if (error instanceof PlatformError) throw error;
    const detail = error instanceof Error ? error.message : String(error);
    throw new PlatformError("ARCHIVE_REFUSED", `The archive is not a whole gzipped tar: ${detail}`, { cause: error });
  }
}

class Unpacking {
  readonly #limits: UnpackLimits;
  readonly #signal: AbortSignal | undefined;
  readonly #tree = new SourceTreeBuilder();
  readonly #deadline: number;
  #entries = 0;
  #declared = 0;

  constructor(limits: UnpackLimits, signal: AbortSignal | undefined) {
    this.#limits = limits;
    this.#signal = signal;
    this.#deadline = performance.now() + limits.timeoutMs;
  }

  async read(archive: Uint8Array): Promise<SourceTree> {
    const tar = extract();
    const feeding = this.#feed(archive, tar).catch((error: unknown) => {
      tar.destroy(error instanceof Error ? error : new Error(String(error)));
    });
    try {
      for await (const entry of tar) await this.#entry(entry);
    } finally {
      tar.destroy();
      await feeding;
    }
    if (this.#tree.count === 0) throw refused("The archive holds no files.");
    return this.#tree.build();
  }

  async #feed(archive: Uint8Array, tar: Extract): Promise<void> {
    const gunzip = createGunzip();
    gunzip.end(archive);
    // createGunzip without an encoding yields Buffers.
    await feedTar(gunzip as AsyncIterable<Buffer>, tar, (inflated) => this.#checkPace(inflated));
  }

  #checkPace(inflated: number): void {
    if (this.#signal?.aborted === true) throw new PlatformError("CANCELED", "Unpacking was canceled.");
    if (performance.now() > this.#deadline) throw refused("Unpacking took too long.");
    const allowed = this.#declared + this.#entries * OVERHEAD_PER_ENTRY + OVERHEAD_SLACK;
    if (inflated > allowed) throw refused("The archive inflates to far more than the files it declares.");
  }

  async #entry(entry: Entry): Promise<void> {
    const { header } = entry;
    this.#checkHeader(header);
    const path = parseEntryPath(header.name, this.#limits);
    if (header.type === "directory") {
      // Its content would be read as the next headers, by some readers.
      if (header.size !== 0) throw refused("The archive holds a folder with content.");
      if (path !== "") this.#tree.addFolder(path);
      return;
    }
    if (path === "" || header.name.endsWith("/")) throw refused("The archive holds a file without a name.");
    this.#tree.addFile(path, await readEntry(entry, header.size));
  }

  #checkHeader(header: Header): void {
    const { maxFiles, maxBytes } = this.#limits;
    this.#entries += 1;
    if (this.#entries > maxFiles * MAX_ENTRIES_PER_FILE_LIMIT || this.#tree.count >= maxFiles) {
      throw refused(`The archive holds more than ${maxFiles} files.`);
    }
    const name = JSON.stringify(header.name.slice(0, 120));
    if (header.type !== "file" && header.type !== "directory") {
      throw refused(`Archive entry ${name} is a ${describeType(header)}; only files and folders are taken.`);
    }
    // A pax size that differs from the header's makes two readers see two archives; sparse files inflate.
    const pax = Object.keys(header.pax ?? {});
    const odd = pax.find((key) => key === "size" || key === "linkpath" || key.startsWith("GNU.sparse"));
    if (odd !== undefined) throw refused(`Archive entry ${name} has the extended header ${odd}.`);
    this.#declared += header.type === "file" ? header.size : 0;
    if (this.#declared > maxBytes) {
      throw refused(`The archive unpacks to more than ${Math.floor(maxBytes / 1048576)} MiB.`);
    }
  }
}

async function readEntry(entry: Entry, size: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for await (const chunk of entry) {
    // tar-stream yields the Buffers it was fed.
    const piece = chunk as Buffer;
    total += piece.length;
    chunks.push(piece);
  }
  if (total !== size) throw refused("The archive ends in the middle of a file.");
  return Buffer.concat(chunks, total);
}

/** tar-stream leaves the type out where it does not know the flag; its types do not say so. */
function describeType({ type }: { readonly type?: string | null }): string {
  return type ?? "special file";
}

function refused(message: string): PlatformError {
  return new PlatformError("ARCHIVE_REFUSED", message);
}
