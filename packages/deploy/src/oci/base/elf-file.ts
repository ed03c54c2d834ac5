import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";

/** What an ELF file asks the loader for. */
export interface ElfFile {
  /** The loader's path; libraries have none. */
  readonly interpreter?: string;
  /** Names as of DT_NEEDED. */
  readonly needed: readonly string[];
  /** DT_RUNPATH or DT_RPATH; `$ORIGIN` is still in it. */
  readonly searchPath: readonly string[];
}

const PT_LOAD = 1;
const PT_DYNAMIC = 2;
const PT_INTERP = 3;
const DT_NEEDED = 1n;
const DT_STRTAB = 5n;
const DT_STRSZ = 10n;
const DT_RPATH = 15n;
const DT_RUNPATH = 29n;
const MAX_TABLE = 16 * 1024 * 1024;

interface Segment {
  readonly type: number;
  readonly offset: number;
  readonly address: number;
  readonly size: number;
}

/** Undefined for what is no 64-bit little-endian ELF file. Nothing is run, as ldd would (System V ABI, chapters 4 and 5). */
export async function readElf(path: string): Promise<ElfFile | undefined> {
  const file = await open(path);
  try {
    const header = await readAt(file, 0, 64);
    if (header.length < 64 || header.readUInt32BE(0) !== 0x7f454c46) return undefined;
    if (header[4] !== 2 || header[5] !== 1) return undefined;
    return await readSegments(file, await programHeaders(file, header));
  } finally {
    await file.close();
  }
}

async function programHeaders(file: FileHandle, header: Buffer): Promise<readonly Segment[]> {
  const [offset, size, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)];
  const table = await readAt(file, offset, size * count);
  return Array.from({ length: Math.floor(table.length / size) }, (_, index) => {
    const at = index * size;
    return {
      type: table.readUInt32LE(at),
      offset: Number(table.readBigUInt64LE(at + 8)),
      address: Number(table.readBigUInt64LE(at + 16)),
      size: Number(table.readBigUInt64LE(at + 32)),
    };
  });
}

async function readSegments(file: FileHandle, segments: readonly Segment[]): Promise<ElfFile> {
  const interp = segments.find(({ type }) => type === PT_INTERP);
  const interpreter = interp === undefined ? "" : textAt(await readAt(file, interp.offset, interp.size), 0);
  const dynamic = segments.find(({ type }) => type === PT_DYNAMIC);
  const tags = dynamic === undefined ? [] : pairs(await readAt(file, dynamic.offset, dynamic.size));
  const table = tags.find(([tag]) => tag === DT_STRTAB)?.[1] ?? 0;
  const length = tags.find(([tag]) => tag === DT_STRSZ)?.[1] ?? 0;
  const load = segments.find(
    ({ type, address, size }) => type === PT_LOAD && address <= table && table < address + size,
  );
  const strings = load === undefined ? Buffer.alloc(0) : await readAt(file, table - load.address + load.offset, length);
  const all = (wanted: bigint): readonly string[] =>
    tags.flatMap(([tag, value]) => (tag === wanted ? [textAt(strings, value)] : []));
  const runpath = all(DT_RUNPATH);
  return {
    ...(interpreter === "" ? {} : { interpreter }),
    needed: all(DT_NEEDED),
    // DT_RUNPATH puts DT_RPATH out of force.
    searchPath: (runpath.length > 0 ? runpath : all(DT_RPATH)).flatMap((path) => path.split(":")),
  };
}

function pairs(bytes: Buffer): readonly (readonly [bigint, number])[] {
  return Array.from({ length: Math.floor(bytes.length / 16) }, (_, index) => [
    bytes.readBigUInt64LE(index * 16),
    Number(bytes.readBigUInt64LE(index * 16 + 8)),
  ]);
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(Math.min(length, MAX_TABLE)), { position });
  return buffer.subarray(0, bytesRead);
}

function textAt(bytes: Buffer, at: number): string {
  const end = bytes.indexOf(0, at);
  return bytes.toString("utf8", at, end === -1 ? bytes.length : end);
}
