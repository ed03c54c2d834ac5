const BLOCK = 512;
/** What eleven octal digits hold; larger sizes go into a pax record. */
const MAX_OCTAL_SIZE = 0o77777777777;

export const TarType = { File: "0", Link: "2", Folder: "5", Pax: "x" } as const;
export type TarType = (typeof TarType)[keyof typeof TarType];

export interface TarFields {
  readonly path: string;
  readonly type: TarType;
  readonly mode: number;
  readonly size: number;
  readonly target?: string;
}

/**
 * The blocks before a file's content: ustar (POSIX.1-1988), with a pax header before it (POSIX.1-2001) only where ustar
 * has no room. Times and owners are always 0, so that the same files give the same bytes.
 */
export function tarHeader(fields: TarFields): Buffer {
  const records: string[] = [];
  const cut = fitsUstar(fields.path) ? split(fields.path) : undefined;
  if (cut === undefined) records.push(paxRecord("path", fields.path));
  const { target = "" } = fields;
  const isLongTarget = Buffer.byteLength(target) > 100 || !isAscii(target);
  if (isLongTarget) records.push(paxRecord("linkpath", target));
  if (fields.size > MAX_OCTAL_SIZE) records.push(paxRecord("size", String(fields.size)));
  const own = block({ name: "pax", prefix: "", ...fields, ...cut, target: isLongTarget ? "" : target });
  if (records.length === 0) return own;
  const body = Buffer.from(records.join(""));
  const before = block({ name: "pax", prefix: "", type: TarType.Pax, mode: 0o644, size: body.length, target: "" });
  return Buffer.concat([before, body, padding(body.length), own]);
}

/** To the next whole block. */
export function padding(size: number): Buffer {
  return Buffer.alloc(paddingLength(size));
}

export function paddingLength(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/** Two empty blocks. */
export const TAR_END: Buffer = Buffer.alloc(2 * BLOCK);

interface Block extends Omit<TarFields, "path"> {
  readonly name: string;
  readonly prefix: string;
  readonly target: string;
}

function block({ name, prefix, mode, size, type, target }: Block): Buffer {
  const bytes = Buffer.alloc(BLOCK);
  const put = (text: string, at: number): void => void bytes.write(text, at, "latin1");
  put(name, 0);
  put(octal(mode, 8), 100);
  put(octal(0, 8), 108);
  put(octal(0, 8), 116);
  put(octal(size > MAX_OCTAL_SIZE ? 0 : size, 12), 124);
  put(octal(0, 12), 136);
  put("        ", 148);
  put(type, 156);
  put(target, 157);
  put("ustar\x0000", 257);
  put(prefix, 345);
  const sum = bytes.reduce((total, byte) => total + byte, 0);
  put(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return bytes;
}

/** A name of more than 100 bytes is cut at a slash, where that helps. */
function split(path: string): { readonly name: string; readonly prefix: string } | undefined {
  if (path.length <= 100) return { name: path, prefix: "" };
  for (let at = path.indexOf("/"); at !== -1; at = path.indexOf("/", at + 1)) {
    const [prefix, name] = [path.slice(0, at), path.slice(at + 1)];
    if (name.length <= 100 && prefix.length <= 155 && name !== "") return { name, prefix };
  }
  return undefined;
}

function fitsUstar(path: string): boolean {
  return isAscii(path);
}

function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text);
}

/** `<length> <key>=<value>\n`, where the length counts itself. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return `${length} ${key}=${value}\n`;
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, "0")}\0`;
}
