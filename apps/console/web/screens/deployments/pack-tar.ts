export interface TarEntry {
  /** Relative, `/` between the parts. */
  readonly path: string;
  readonly content: Blob;
}

export class PackError extends Error {
  override readonly name = "PackError";
}

const BLOCK = 512;
const MAX_NAME = 100;
const utf8 = new TextEncoder();

/**
 * A gzipped ustar (POSIX.1-1988) of these files, made piece by piece; paths that have no room in it or are not ASCII get a pax header
 * (POSIX.1-2001). The same files give the same tar: times and owners are left at zero, the order is that of the paths.
 * @throws PackError when it grows beyond `maxBytes`
 */
export async function packTar(entries: readonly TarEntry[], maxBytes: number): Promise<Blob> {
  const sorted = entries.toSorted((a, b) => (a.path < b.path ? -1 : 1));
  const source = toStream(tarPieces(sorted)).pipeThrough(new CompressionStream("gzip"));
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  let size = 0;
  const reader = source.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return new Blob(pieces, { type: "application/gzip" });
    size += value.byteLength;
    if (size > maxBytes) {
      await reader.cancel();
      throw new PackError(`The packed folder exceeds ${Math.floor(maxBytes / 1_048_576)} MiB.`);
    }
    pieces.push(value);
  }
}

async function* tarPieces(entries: readonly TarEntry[]): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  for (const { path, content } of entries) {
    if (needsPax(path)) {
      const record = paxRecord("path", path);
      yield header({ name: "PaxHeader", size: record.byteLength, type: "x" });
      yield padded(record);
    }
    yield header({ name: needsPax(path) ? asciiName(path) : path, size: content.size, type: "0" });
    for await (const piece of chunks(content)) yield piece;
    yield new Uint8Array(padding(content.size));
  }
  yield new Uint8Array(2 * BLOCK);
}

/** As `ReadableStream.from`, which not every browser has. */
function toStream(pieces: AsyncGenerator<Uint8Array<ArrayBuffer>>): ReadableStream<Uint8Array<ArrayBuffer>> {
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await pieces.next();
      if (done === true) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await pieces.return(undefined);
    },
  });
}

/** A file that changed since it was chosen cannot be read any more: the browser says so here. */
async function* chunks(content: Blob): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  const reader = content.stream().getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield value;
  }
}

function needsPax(path: string): boolean {
  return path.length > MAX_NAME || /[^\x20-\x7e]/.test(path);
}

/** For readers that know no pax: the end of the path, as far as it is ASCII. */
function asciiName(path: string): string {
  return path.replaceAll(/[^\x20-\x7e]/g, "_").slice(-MAX_NAME);
}

/** "<length> path=<value>\n", where the length counts itself. */
function paxRecord(key: string, value: string): Uint8Array<ArrayBuffer> {
  const rest = utf8.encode(` ${key}=${value}\n`).byteLength;
  let length = rest + 1;
  while (String(length).length + rest !== length) length = String(length).length + rest;
  return utf8.encode(`${length} ${key}=${value}\n`);
}

function header({
  name,
  size,
  type,
}: {
  readonly name: string;
  readonly size: number;
  readonly type: "0" | "x";
}): Uint8Array<ArrayBuffer> {
  const block = new Uint8Array(BLOCK);
  const write = (text: string, at: number): void => block.set(utf8.encode(text), at);
  write(name, 0);
  write("0000644\0", 100);
  write("0000000\0", 108);
  write("0000000\0", 116);
  write(`${size.toString(8).padStart(11, "0")}\0`, 124);
  write("00000000000\0", 136);
  // The checksum is taken with spaces in its own place.
  write("        ", 148);
  write(type, 156);
  write("ustar\u000000", 257);
  const sum = block.reduce((total, byte) => total + byte, 0);
  write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

function padded(content: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(content.byteLength + padding(content.byteLength));
  whole.set(content);
  return whole;
}

function padding(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}
