import { LedgerError } from "./ledger-error.ts";

/** C2SP tlog-tiles: a tile holds 256 hashes of one level, an entry bundle the data of 256 leaves. */
export const TILE_WIDTH = 256;

export interface TileCoordinate {
  /** Hash tiles: 0 is the leaf hashes, each further level the roots of full tiles below. */
  readonly level: number | "entries";
  readonly index: number;
  /** 1–256; less than 256 is a partial tile. */
  readonly width: number;
}

/** Path below the log's prefix, such as `tile/0/x001/x234/067` or `tile/entries/000.p/5`. */
export function tilePath({ level, index, width }: TileCoordinate): string {
  const groups: string[] = [];
  for (let rest = index; groups.length === 0 || rest > 0; rest = Math.floor(rest / 1000)) {
    groups.unshift(`${groups.length === 0 ? "" : "x"}${String(rest % 1000).padStart(3, "0")}`);
  }
  return `tile/${level}/${groups.join("/")}${width === TILE_WIDTH ? "" : `.p/${width}`}`;
}

const TILE_PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** Undefined for what is not the path of a tile, or not its only spelling. */
export function parseTilePath(path: string): TileCoordinate | undefined {
  const [, level, groups, width] = TILE_PATH.exec(path) ?? [];
  if (level === undefined || groups === undefined) return undefined;
  const coordinate: TileCoordinate = {
    level: level === "entries" ? level : Number(level),
    index: Number(groups.replaceAll(/[x/]/g, "")),
    width: width === undefined ? TILE_WIDTH : Number(width),
  };
  if (coordinate.level !== "entries" && coordinate.level > 63) return undefined;
  if (width !== undefined && coordinate.width >= TILE_WIDTH) return undefined;
  return tilePath(coordinate) === path ? coordinate : undefined;
}

/** Entries with a big-endian uint16 length before each. @throws LedgerError `tile` for an entry above 65,535 bytes. */
export function encodeEntryBundle(entries: readonly Uint8Array[]): Uint8Array {
  const bundle = new Uint8Array(entries.reduce((length, entry) => length + 2 + entry.length, 0));
  const view = new DataView(bundle.buffer);
  let at = 0;
  for (const entry of entries) {
    if (entry.length > 0xffff) throw new LedgerError("tile", "a log entry is longer than 65,535 bytes");
    view.setUint16(at, entry.length);
    bundle.set(entry, at + 2);
    at += 2 + entry.length;
  }
  return bundle;
}

/** @throws LedgerError `tile` when the bytes end inside an entry or hold more than a tile's worth. */
export function decodeEntryBundle(bundle: Uint8Array): readonly Uint8Array[] {
  const view = new DataView(bundle.buffer, bundle.byteOffset, bundle.byteLength);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < bundle.length) {
    const end = at + 2 <= bundle.length ? at + 2 + view.getUint16(at) : Number.POSITIVE_INFINITY;
    if (end > bundle.length) throw new LedgerError("tile", "the bundle ends inside an entry");
    if (entries.length === TILE_WIDTH) throw new LedgerError("tile", "the bundle has more than 256 entries");
    entries.push(bundle.slice(at + 2, end));
    at = end;
  }
  return entries;
}
