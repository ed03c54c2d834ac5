import type { JsonObject } from "@berth/protocol";
import type { MemoryChange, MemoryItem } from "@berth/store";
import { queryWords, wordsOf } from "../text/words.ts";
import { BestRows } from "./best-rows.ts";
import type { ScoredRow } from "./best-rows.ts";
import { fuseRanks } from "./fuse-ranks.ts";
import { matchesFilter } from "./memory-filter.ts";
import type { MemoryFilter } from "./memory-filter.ts";
import { VectorRows } from "./vector-rows.ts";
import { WordRows } from "./word-rows.ts";

export const SEARCH_MODES = ["hybrid", "vector", "text"] as const;
export type SearchMode = (typeof SEARCH_MODES)[number];

export interface IndexQuery {
  readonly text: string;
  /** Absent: only words are searched. */
  readonly vector?: Float32Array;
  /** Of the order by vectors in a hybrid search. */
  readonly weight: number;
  readonly mode: SearchMode;
  readonly limit: number;
  readonly filter?: MemoryFilter;
  /** What has expired by then is not found. */
  readonly now: string;
}

/** A place in an item: its span's number. */
export interface IndexHit {
  readonly itemId: string;
  readonly span: number;
  readonly score: number;
}

interface Entry {
  readonly itemId: string;
  readonly metadata: JsonObject;
  readonly expiresAt: string | undefined;
  isRemoved: boolean;
}

/** Each kind of search gives so many times more rows than are wanted, for the fusion to choose from. */
const FUSED = 5;
const MIN_FUSED = 50;
const ENTRY_BYTES = 400;
/** Rows of removed items that are not worth a new index. */
const MAX_DEAD = 1_024;

/** One space in memory: vectors and words of every span, and what filters look at. Rows are only added. */
export class SpaceIndex {
  readonly model: string;
  readonly #vectors = new VectorRows();
  readonly #words = new WordRows();
  /** Of each row: its item, and which of its spans it is. */
  readonly #entries: Entry[] = [];
  readonly #spans: number[] = [];
  readonly #items = new Map<string, { readonly entry: Entry; readonly rows: number }>();
  #revision = 0;
  #dead = 0;
  #entryBytes = 0;

  constructor(model: string) {
    this.model = model;
  }

  /** How far it has followed its space. */
  get revision(): number {
    return this.#revision;
  }

  get bytes(): number {
    return this.#vectors.bytes + this.#words.bytes + this.#spans.length * 16 + this.#entryBytes;
  }

  /** Most of it is of items that are gone: it is time to make a new one. */
  get isWorn(): boolean {
    return this.#dead > MAX_DEAD && this.#dead > this.#spans.length / 2;
  }

  apply(change: MemoryChange): void {
    this.#remove(change.item === undefined ? change.itemId : change.item.itemId);
    if (change.item !== undefined) this.#add(change.item, change.vectors);
    this.reach(change.revision);
  }

  /** Nothing up to this revision is missing. */
  reach(revision: number): void {
    this.#revision = Math.max(this.#revision, revision);
  }

  search(query: IndexQuery): readonly IndexHit[] {
    const { text, vector, weight, mode, limit } = query;
    const passes = this.#passes(query);
    const wanted = mode === "hybrid" ? Math.max(limit * FUSED, MIN_FUSED) : limit;
    const lists: { readonly rows: readonly ScoredRow[]; readonly weight: number }[] = [];
    if (mode !== "text" && vector !== undefined) {
      const best = new BestRows(wanted);
      this.#vectors.scan(vector, passes, best);
      lists.push({ rows: best.take(), weight });
    }
    if (mode !== "vector") {
      const best = new BestRows(wanted);
      this.#words.search(queryWords(text), passes, best);
      lists.push({ rows: best.take(), weight: 1 });
    }
    const rows = mode === "hybrid" ? fuseRanks(lists, limit) : (lists[0]?.rows ?? []);
    return rows.map(({ row, score }) => ({
      itemId: this.#entries[row]?.itemId ?? "",
      span: this.#spans[row] ?? 0,
      score,
    }));
  }

  /** Ids of the items that match. */
  matching(filter: MemoryFilter): readonly string[] {
    return [...this.#items].flatMap(([itemId, { entry }]) => (matchesFilter(entry.metadata, filter) ? [itemId] : []));
  }

  /** Each item is looked at once, however many rows it has. */
  #passes({ filter, now }: IndexQuery): (row: number) => boolean {
    const known = new Map<Entry, boolean>();
    return (row) => {
      const entry = this.#entries[row];
      if (entry === undefined || entry.isRemoved) return false;
      if (entry.expiresAt !== undefined && entry.expiresAt <= now) return false;
      if (filter === undefined) return true;
      const answer = known.get(entry) ?? matchesFilter(entry.metadata, filter);
      known.set(entry, answer);
      return answer;
    };
  }

  #add({ itemId, text, spans, metadata, expiresAt }: MemoryItem, bytes: Uint8Array | undefined): void {
    const entry: Entry = { itemId, metadata, expiresAt, isRemoved: false };
    const vectors = toVectors(bytes, spans.length);
    for (const [number, [from, to]] of spans.entries()) {
      this.#entries.push(entry);
      this.#spans.push(number);
      this.#words.push(wordsOf(text.slice(from, to)));
      this.#vectors.push(vectors?.[number]);
    }
    this.#items.set(itemId, { entry, rows: spans.length });
    this.#entryBytes += ENTRY_BYTES + JSON.stringify(metadata).length * 2;
  }

  #remove(itemId: string): void {
    const known = this.#items.get(itemId);
    if (known === undefined) return;
    known.entry.isRemoved = true;
    this.#dead += known.rows;
    this.#items.delete(itemId);
  }
}

/** Undefined when it is not that many vectors. */
function toVectors(bytes: Uint8Array | undefined, count: number): readonly Float32Array[] | undefined {
  if (bytes === undefined || count === 0 || bytes.byteLength % (4 * count) !== 0) return undefined;
  // A copy: what comes from a database may begin anywhere in a larger buffer.
  const all = new Float32Array(new Uint8Array(bytes).buffer);
  const dimensions = all.length / count;
  return Array.from({ length: count }, (_, i) => all.subarray(i * dimensions, (i + 1) * dimensions));
}
