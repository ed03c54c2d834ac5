import { createHash } from "node:crypto";
import { PackError } from "./pack-error.ts";

/** One text file of an archive. */
export interface PackFile {
  readonly name: string;
  readonly text: string;
}

const BLOCK = 512;
const MAX_NAME_BYTES = 100;
/** The largest bundle that verifiers accept is 64 Mi characters, of up to three bytes each. */
const MAX_FILE_BYTES = 200 * 1024 * 1024;
const MAX_OCTAL_SIZE = 0o77777777777;

/** A file as ustar (POSIX.1-1988): header, content, padding. `mtime` in seconds. All of it is UTF-8 text. */
export function tarFile({ name, text }: PackFile, mtime: number): string {
  const size = Buffer.byteLength(text);
  if (Buffer.byteLength(name) > MAX_NAME_BYTES || size > MAX_OCTAL_SIZE)
    throw new Error(`${name} does not fit into ustar`);
  return `${headerOf(name, size, mtime)}${text}${"\0".repeat(padding(size))}`;
}

/** What every archive ends with. */
export const TAR_END: string = "\0".repeat(2 * BLOCK);

/**
 * The files of an archive as `tarFile` writes them; whatever else tar can say is refused, so that there are not two
 * readings of one archive. @throws PackError `archive`.
 */
export async function* readTar(
  chunks: AsyncIterable<Uint8Array>,
): AsyncGenerator<PackFile & { readonly sha256: string }> {
  const bytes = new ByteReader(chunks);
  for (;;) {
    const header = await bytes.take(BLOCK);
    if (header.every((byte) => byte === 0)) break;
    const { name, size, mtime } = parseHeader(header);
    const content = await bytes.take(size);
    const rest = await bytes.take(padding(size));
    const text = decode(content, name);
    if (rest.some((byte) => byte !== 0) || !header.equals(Buffer.from(headerOf(name, size, mtime)))) {
      throw new PackError("archive", name, "it is not written as packs are");
    }
    yield { name, text, sha256: createHash("sha256").update(content).digest("hex") };
  }
  const end = await bytes.take(BLOCK);
  if (end.some((byte) => byte !== 0) || !(await bytes.atEnd())) {
    throw new PackError("archive", "", "there is something behind its end");
  }
}

function headerOf(name: string, size: number, mtime: number): string {
  const fields: readonly (readonly [text: string, width: number])[] = [
    [name, 100],
    ["0000644\0", 8],
    ["0000000\0", 8],
    ["0000000\0", 8],
    [`${octal(size)}\0`, 12],
    [`${octal(mtime)}\0`, 12],
    ["        ", 8],
    ["0", 1],
    ["", 100],
    ["ustar\0", 6],
    ["00", 2],
  ];
  const block = fields
    .map(([text, width]) => text.padEnd(width, "\0"))
    .join("")
    .padEnd(BLOCK, "\0");
  const sum = Buffer.from(block).reduce((total, byte) => total + byte, 0);
  return `${block.slice(0, 148)}${sum.toString(8).padStart(6, "0")}\0 ${block.slice(156)}`;
}

function octal(value: number): string {
  return value.toString(8).padStart(11, "0");
}

function parseHeader(header: Buffer): { readonly name: string; readonly size: number; readonly mtime: number } {
  const name = header.toString("latin1", 0, 100).replace(/\0+$/, "");
  const [size, mtime] = [header.toString("latin1", 124, 135), header.toString("latin1", 136, 147)];
  if (!/^[\w./-]+$/.test(name) || !/^[0-7]{11}$/.test(size) || !/^[0-7]{11}$/.test(mtime)) {
    throw new PackError("archive", "", "it is not a compliance pack");
  }
  const bytes = Number.parseInt(size, 8);
  if (bytes > MAX_FILE_BYTES) throw new PackError("archive", name, "it is too large");
  return { name, size: bytes, mtime: Number.parseInt(mtime, 8) };
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

function decode(content: Uint8Array, name: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(content);
  } catch (cause) {
    throw new PackError("archive", name, "it is not UTF-8", { cause });
  }
}

/** Takes exact amounts from a stream, holding no more than one file and one chunk. */
class ByteReader {
  readonly #chunks: AsyncIterator<Uint8Array>;
  #rest: Buffer = Buffer.alloc(0);

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  async take(length: number): Promise<Buffer> {
    const parts = [this.#rest];
    let have = this.#rest.length;
    while (have < length) {
      const next = await this.#chunks.next();
      if (next.done === true) throw new PackError("archive", "", "it is cut off");
      parts.push(Buffer.from(next.value));
      have += next.value.length;
    }
    const all = parts.length === 1 ? this.#rest : Buffer.concat(parts);
    this.#rest = all.subarray(length);
    return all.subarray(0, length);
  }

  async atEnd(): Promise<boolean> {
    return this.#rest.length === 0 && (await this.#chunks.next()).done === true;
  }
}
