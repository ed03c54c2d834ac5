import { createReadStream } from "node:fs";
import { comparePaths } from "../../source/list-source-files.ts";
import type { LayerEntry, LayerFile } from "./layer-entry.ts";
import { TAR_END, TarType, padding, paddingLength, tarHeader } from "./tar-header.ts";

const CHUNK_BYTES = 256 * 1024;

export interface LayerTar {
  /** Known before anything is read. */
  readonly size: number;
  /** The same bytes every time. Throws when a file is not what it was listed as. */
  readonly bytes: () => AsyncIterable<Uint8Array>;
}

/** A tar of these entries and of the folders above them, sorted by path. Files are read as they are sent. */
export function layerTar(entries: readonly LayerEntry[]): LayerTar {
  const sorted = withFolders(entries);
  const size = sorted.reduce((sum, entry) => {
    const content = contentLength(entry);
    return sum + headerOf(entry).length + content + paddingLength(content);
  }, TAR_END.length);
  return { size, bytes: () => tarBytes(sorted) };
}

function withFolders(entries: readonly LayerEntry[]): readonly LayerEntry[] {
  const byPath = new Map<string, LayerEntry>();
  for (const entry of entries) {
    if (byPath.has(entry.path)) throw new Error(`the layer has ${entry.path} twice`);
    byPath.set(entry.path, entry);
  }
  for (const { path } of entries) {
    for (let at = path.lastIndexOf("/"); at !== -1; at = path.lastIndexOf("/", at - 1)) {
      const folder = path.slice(0, at);
      if (byPath.has(folder)) break;
      byPath.set(folder, { kind: "folder", path: folder });
      if (at === 0) break;
    }
  }
  return [...byPath.values()].toSorted((a, b) => comparePaths(a.path, b.path));
}

async function* tarBytes(entries: readonly LayerEntry[]): AsyncGenerator<Uint8Array> {
  for (const entry of entries) {
    yield headerOf(entry);
    if (entry.kind === "bytes") yield entry.bytes;
    if (entry.kind === "file") yield* fileBytes(entry);
    const rest = padding(contentLength(entry));
    if (rest.length > 0) yield rest;
  }
  yield TAR_END;
}

async function* fileBytes({ source, size, head = new Uint8Array() }: LayerFile): AsyncGenerator<Uint8Array> {
  let sent = head.length;
  if (head.length > 0) yield head;
  // createReadStream without an encoding yields Buffers.
  for await (const chunk of createReadStream(source, {
    start: sent,
    highWaterMark: CHUNK_BYTES,
  }) as AsyncIterable<Buffer>) {
    sent += chunk.length;
    if (sent > size) break;
    yield chunk;
  }
  if (sent !== size) throw new Error(`${source} changed while it was read`);
}

function contentLength(entry: LayerEntry): number {
  if (entry.kind === "file") return entry.size;
  return entry.kind === "bytes" ? entry.bytes.length : 0;
}

function headerOf(entry: LayerEntry): Buffer {
  const { path } = entry;
  if (entry.kind === "folder") {
    return tarHeader({ path: `${path}/`, type: TarType.Folder, mode: entry.mode ?? 0o755, size: 0 });
  }
  if (entry.kind === "link") {
    return tarHeader({ path, type: TarType.Link, mode: 0o777, size: 0, target: entry.target });
  }
  return tarHeader({ path, type: TarType.File, mode: entry.mode, size: contentLength(entry) });
}
