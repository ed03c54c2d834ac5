import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** One entry of an image's root; its owner is root. */
export type TarEntry =
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "text"; readonly path: string; readonly mode: number; readonly text: string }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly source: string };

const BLOCK = 512;

/** The entries as ustar (POSIX.1-1988). Files are read as they are sent; one that changes in between is refused. */
export async function* tarStream(entries: Iterable<TarEntry>): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    if (entry.kind === "folder") yield header(`${entry.path}/`, entry.mode, 0, "5");
    else if (entry.kind === "text") {
      const content = Buffer.from(entry.text);
      yield header(entry.path, entry.mode, content.length, "0");
      yield content;
      yield padding(content.length);
    } else yield* fileOf(entry.path, entry.mode, entry.source);
  }
  yield Buffer.alloc(2 * BLOCK);
}

async function* fileOf(path: string, mode: number, source: string): AsyncGenerator<Buffer> {
  const { size } = await stat(source);
  yield header(path, mode, size, "0");
  let sent = 0;
  for await (const chunk of createReadStream(source) as AsyncIterable<Buffer>) {
    sent += chunk.length;
    yield chunk;
  }
  if (sent !== size) throw new Error(`${source} changed while it was read`);
  yield padding(size);
}

function padding(size: number): Buffer {
  return Buffer.alloc((BLOCK - (size % BLOCK)) % BLOCK);
}

function header(path: string, mode: number, size: number, type: "0" | "5"): Buffer {
  const { name, prefix } = split(path.replace(/^\//, ""));
  const block = Buffer.alloc(BLOCK);
  const put = (text: string, at: number): void => void block.write(text, at, "latin1");
  block.write(name, 0, "utf8");
  put(octal(mode, 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(octal(size, 12), 124);
  put(octal(0, 12), 136);
  put("        ", 148);
  put(type, 156);
  put("ustar\x0000", 257);
  block.write(prefix, 345, "utf8");
  const sum = block.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return block;
}

/** A name of more than 100 bytes is cut at a slash. */
function split(path: string): { readonly name: string; readonly prefix: string } {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: "" };
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155 && name !== "") return { name, prefix };
  }
  throw new Error(`${path} is too long for an image`);
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}
