import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";

/** One entry of an image's root; its owner is root. */
export type TarEntry =
  | { readonly kind: "folder"; readonly path: string; readonly mode: number }
  | { readonly kind: "text"; readonly path: string; readonly mode: number; readonly text: string }
  | { readonly kind: "link"; readonly path: string; readonly to: string }
  | { readonly kind: "file"; readonly path: string; readonly mode: number; readonly source: string };

const BLOCK = 512;

/** Of the twelve characters that a header has for it, all but the NUL. */
const MAX_SIZE = 0o77777777777;

/** The entries as ustar (POSIX.1-1988), and as pax (POSIX.1-2001) what does not fit. Files are read as they are sent; one that changes in between is refused. */
export async function* tarStream(entries: Iterable<TarEntry> | AsyncIterable<TarEntry>): AsyncGenerator<Buffer> {
  for await (const entry of entries) {
    if (entry.kind === "folder") yield header({ path: `${entry.path}/`, mode: entry.mode, type: "5" });
    else if (entry.kind === "link") yield header({ path: entry.path, mode: 0o777, type: "2", to: entry.to });
    else if (entry.kind === "text") {
      const content = Buffer.from(entry.text);
      yield header({ path: entry.path, mode: entry.mode, size: content.length });
      yield content;
      yield padding(content.length);
    } else yield* fileOf(entry.path, entry.mode, entry.source);
  }
  yield Buffer.alloc(2 * BLOCK);
}

async function* fileOf(path: string, mode: number, source: string): AsyncGenerator<Buffer> {
  const { size } = await stat(source);
  yield header({ path, mode, size });
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

interface Head {
  readonly path: string;
  readonly mode: number;
  readonly size?: number;
  readonly type?: "0" | "2" | "5" | "x";
  /** Of a link. */
  readonly to?: string;
}

function header({ path: absolute, mode, size = 0, type = "0", to = "" }: Head): Buffer {
  const path = absolute.replace(/^\//, "");
  const place = split(path);
  const records = [
    ...(place === undefined ? [record("path", path)] : []),
    ...(Buffer.byteLength(to) > 100 ? [record("linkpath", to)] : []),
    ...(size > MAX_SIZE ? [record("size", String(size))] : []),
  ];
  const own = block({ ...place, mode, size: Math.min(size, MAX_SIZE), type, to });
  if (records.length === 0) return own;
  const content = Buffer.from(records.join(""));
  const before = block({ name: "pax", mode: 0o644, size: content.length, type: "x", to: "" });
  return Buffer.concat([before, content, padding(content.length), own]);
}

/** Names that are too long are cut: the record before says them. */
function block(head: { readonly name?: string; readonly prefix?: string } & Required<Omit<Head, "path">>): Buffer {
  const made = Buffer.alloc(BLOCK);
  const put = (text: string, at: number): void => void made.write(text, at, "latin1");
  made.write(head.name ?? "long", 0, 100, "utf8");
  put(octal(head.mode, 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(octal(head.size, 12), 124);
  put(octal(0, 12), 136);
  put("        ", 148);
  put(head.type, 156);
  made.write(head.to, 157, 100, "utf8");
  put("ustar\x0000", 257);
  made.write(head.prefix ?? "", 345, 155, "utf8");
  const sum = made.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return made;
}

/** `<length of all of it> <key>=<value>\n`. */
function record(key: string, value: string): string {
  const rest = ` ${key}=${value}\n`;
  const bytes = Buffer.byteLength(rest);
  let length = bytes + String(bytes).length;
  if (String(length).length > String(bytes).length) length = bytes + String(length).length;
  return `${length}${rest}`;
}

/** A name of more than 100 bytes is cut at a slash; undefined where it cannot be. */
function split(path: string): { readonly name: string; readonly prefix: string } | undefined {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: "" };
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (Buffer.byteLength(name) <= 100 && Buffer.byteLength(prefix) <= 155 && name !== "") return { name, prefix };
  }
  return undefined;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}
