import { open, stat } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { createGzip } from "node:zlib";
import { PlatformError } from "@berth/protocol";
import { pack } from "tar-stream";
import type { Pack } from "tar-stream";
import { comparePaths, listSourceFiles } from "../source/list-source-files.ts";
import type { SourceEntry } from "../source/list-source-files.ts";
import { readConfig, readProject } from "../source/read-project.ts";

export interface PackOptions {
  readonly signal?: AbortSignal;
  /** Default 50 MiB. */
  readonly maxPackedBytes?: number;
}

export interface PackedFolder {
  /** A gzipped tar. The same files give the same bytes on every machine. */
  readonly archive: Uint8Array;
  readonly files: number;
  /** Before compression. */
  readonly bytes: number;
}

const MAX_PACKED_BYTES = 50 * 1024 * 1024;
const EPOCH = new Date(0);
/** Byte 9 of a gzip header names the operating system (RFC 1952 §2.3.1); 255 is "unknown". */
const GZIP_OS_BYTE = 9;

/** What belongs to a module that is deployed alone. */
const BESIDE_MODULE = ["agent-card.json", "berth.json"];

/**
 * Packs an agent's folder for a deployment: its source without what ignore files name, dependencies and secrets; or one
 * .wasm file with the card and the configuration beside it.
 * @throws CONFIG_INVALID when the folder is not an agent, ARCHIVE_REFUSED when it is too large or a link leaves it.
 */
export async function packFolder(folder: string, options: PackOptions = {}): Promise<PackedFolder> {
  const waiting = options.signal === undefined ? {} : { signal: options.signal };
  const files = folder.endsWith(".wasm") ? await listModule(folder) : await listSourceFiles(folder, waiting);
  // Only to find mistakes before the upload instead of after it; what a command of the build makes is not there yet.
  const { build } = await readConfig(files);
  if (build?.command === undefined) await readProject(files, { hasEngine: true });
  const archive = await compress(files, options);
  const bytes = files.reduce((sum, { size }) => sum + size, 0);
  return { archive, files: files.length, bytes };
}

async function listModule(module: string): Promise<readonly SourceEntry[]> {
  const paths = [basename(module), ...BESIDE_MODULE];
  const found = await Promise.all(
    paths.map(async (path): Promise<readonly SourceEntry[]> => {
      const file = join(dirname(module), path);
      const there = await stat(file).catch(() => undefined);
      return there?.isFile() === true ? [{ path, file, size: there.size }] : [];
    }),
  );
  if (found[0]?.length === 0) throw new PlatformError("CONFIG_INVALID", `There is no file ${module}.`);
  return found.flat().toSorted((a, b) => comparePaths(a.path, b.path));
}

async function compress(files: readonly SourceEntry[], options: PackOptions): Promise<Uint8Array> {
  const maxBytes = options.maxPackedBytes ?? MAX_PACKED_BYTES;
  const tar = pack();
  const gzip = createGzip({ level: 6 });
  const filling = fill(tar, files, options.signal).catch((error: unknown) => {
    gzip.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  tar.on("error", (error) => gzip.destroy(error));
  tar.pipe(gzip);
  const chunks: Buffer[] = [];
  let total = 0;
  try {
    for await (const chunk of gzip) {
      // createGzip without an encoding yields Buffers.
      const piece = chunk as Buffer;
      total += piece.length;
      if (total > maxBytes) {
        throw new PlatformError("ARCHIVE_REFUSED", `The packed folder exceeds ${Math.floor(maxBytes / 1048576)} MiB.`, {
          hint: "List large files the agent does not need in .berthignore.",
        });
      }
      chunks.push(piece);
    }
  } finally {
    tar.destroy();
    gzip.destroy();
    await filling;
  }
  const archive = Buffer.concat(chunks);
  archive[GZIP_OS_BYTE] = 255;
  return archive;
}

async function fill(tar: Pack, files: readonly SourceEntry[], signal: AbortSignal | undefined): Promise<void> {
  for (const file of files) {
    if (tar.destroyed) return;
    if (signal?.aborted === true) throw new PlatformError("CANCELED", "Packing was canceled.");
    await addFile(tar, file);
  }
  tar.finalize();
}

async function addFile(tar: Pack, { path, file }: SourceEntry): Promise<void> {
  const content = await readWhole(path, file);
  await new Promise<void>((resolve, reject) => {
    tar.on("close", resolve);
    tar.entry({ name: path, mode: 0o644, mtime: EPOCH, uid: 0, gid: 0, type: "file" }, content, (error) => {
      tar.off("close", resolve);
      if (error) reject(error);
      else resolve();
    });
  });
}

async function readWhole(path: string, file: string): Promise<Buffer> {
  let handle: FileHandle;
  try {
    handle = await open(file, "r");
  } catch (error) {
    throw new PlatformError("ARCHIVE_REFUSED", `${path} cannot be read.`, { cause: error });
  }
  try {
    return await handle.readFile();
  } finally {
    await handle.close();
  }
}
