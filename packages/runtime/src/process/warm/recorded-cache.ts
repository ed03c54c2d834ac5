import type { Socket } from "node:net";

const MAX_BYTES = 32 * 1024 * 1024;
const MAX_FILES = 256;
const MAX_TABLE_BYTES = 64 * 1024;
/** As Node names them. */
const FOLDER = /^v[0-9A-Za-z.-]{1,80}$/;
const NAME = /^[0-9a-f]{1,16}$/;

export interface CacheFile {
  readonly folder: string;
  readonly name: string;
  readonly content: Buffer;
}

/**
 * What zygote.mjs writes after a recording: a line with the files' names and sizes, then their bytes. Undefined when it is
 * anything else; the agent's own code ran beside it.
 */
export async function readRecording(socket: Socket, signal: AbortSignal): Promise<readonly CacheFile[] | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const abort = (): void => void socket.destroy();
  signal.addEventListener("abort", abort, { once: true });
  try {
    for await (const chunk of socket as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > MAX_BYTES) return undefined;
      chunks.push(chunk);
    }
  } catch {
    return undefined;
  } finally {
    signal.removeEventListener("abort", abort);
  }
  return signal.aborted ? undefined : parseRecording(Buffer.concat(chunks));
}

export function parseRecording(recording: Buffer): readonly CacheFile[] | undefined {
  const end = recording.indexOf("\n");
  if (end === -1 || end > MAX_TABLE_BYTES) return undefined;
  const table = parseTable(recording.toString("utf8", 0, end));
  let offset = end + 1;
  const files: CacheFile[] = [];
  for (const { folder, name, bytes } of table ?? []) {
    files.push({ folder, name, content: recording.subarray(offset, offset + bytes) });
    offset += bytes;
  }
  return offset === recording.length && files.length > 0 ? files : undefined;
}

interface TableEntry {
  readonly folder: string;
  readonly name: string;
  readonly bytes: number;
}

function parseTable(text: string): readonly TableEntry[] | undefined {
  let table: unknown;
  try {
    table = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (!Array.isArray(table) || table.length > MAX_FILES) return undefined;
  const entries: readonly unknown[] = table;
  return entries.every(isTableEntry) ? entries : undefined;
}

function isTableEntry(entry: unknown): entry is TableEntry {
  if (typeof entry !== "object" || entry === null) return false;
  const { folder, name, bytes } = entry as { readonly [key: string]: unknown };
  return (
    typeof folder === "string" &&
    FOLDER.test(folder) &&
    typeof name === "string" &&
    NAME.test(name) &&
    typeof bytes === "number" &&
    Number.isInteger(bytes) &&
    bytes >= 0 &&
    bytes <= MAX_BYTES
  );
}
