import { equalBytes, formatVerifierKey, leafHash, noteKey, parseCheckpointText, signCheckpoint } from "@berth/ledger";
import { TILE_WIDTH, consistencyProof, inclusionProof, treeRoot, verifyCheckpoint } from "@berth/ledger";
import type { Checkpoint, Signer } from "@berth/ledger";
import type { LedgerEntry, ReceiptStore } from "@berth/store";
import type { CosignedCheckpoint } from "../witness/ask-witnesses.ts";
import { LeafTiles } from "./leaf-tiles.ts";
import { ledgerDisagrees, ledgerForked, ledgerRolledBack } from "./ledger-disagrees.ts";
import { LogTree } from "./log-tree.ts";
import { nodeSha256 } from "./node-sha256.ts";
import { readTile } from "./read-tile.ts";

const PAGE = 8192;

export interface LedgerLogOptions {
  readonly store: ReceiptStore;
  readonly signer: Signer;
  /** Name of a log that is still empty. One that has a checkpoint keeps its own name for life. */
  readonly origin: string;
}

/** Entries that are signed for, but not in the store yet. */
export interface LogDraft {
  readonly expectedSize: number;
  readonly entries: readonly LedgerEntry[];
  readonly leaves: readonly Uint8Array[];
  readonly checkpoint: string;
}

export interface ProofSet {
  readonly checkpoint: string;
  /** One audit path per index asked for. */
  readonly proofs: readonly (readonly Uint8Array[])[];
}

/**
 * The log as it is in the store, with its tree in memory. Life: `open` recomputes the tree; then, again and again,
 * `draft` signs a grown log, the caller stores it, `commit` makes it ours. One writer at a time.
 */
export class LedgerLog {
  readonly #store: ReceiptStore;
  readonly #signer: Signer;
  readonly #tree: LogTree = new LogTree();
  readonly #tiles: LeafTiles;
  readonly #keys: Map<string, number> = new Map();
  #origin: string;
  #checkpoint: string | undefined;

  private constructor({ store, signer, origin }: LedgerLogOptions) {
    this.#store = store;
    this.#signer = signer;
    this.#origin = origin;
    this.#tiles = new LeafTiles(store);
  }

  /** @throws PlatformError STORE_CONFLICT when the stored entries do not have the root of the last checkpoint. */
  static async open(options: LedgerLogOptions): Promise<LedgerLog> {
    const log = new LedgerLog(options);
    await log.catchUp();
    return log;
  }

  get origin(): string {
    return this.#origin;
  }

  get size(): number {
    return this.#tree.size;
  }

  get checkpoint(): string | undefined {
    return this.#checkpoint;
  }

  get verifierKey(): string {
    return formatVerifierKey(noteKey(this.#origin, this.#signer.publicKey));
  }

  /** Where a key was announced. */
  keyIndex(keyId: string): number | undefined {
    return this.#keys.get(keyId);
  }

  /** Takes in what the store has beyond us: after a start, a conflict, or a write whose outcome is not known. */
  async catchUp(): Promise<void> {
    // Size and checkpoint are two reads; a writer may come in between them, but hardly every time.
    for (let attempt = 1; ; attempt++) {
      const note = await this.#store.checkpoint();
      const size = await this.#store.ledgerSize();
      const head = note === undefined ? undefined : await this.#openHead(note);
      if ((head?.size ?? 0) !== size) {
        if (attempt < 3) continue;
        throw ledgerDisagrees(`it signs for ${head?.size ?? 0} entries and there are ${size}`);
      }
      if (size < this.size) throw ledgerDisagrees(`the log had ${this.size} entries and now has ${size}`);
      await this.#readUpTo(size);
      if (head !== undefined && !equalBytes(head.root, this.#tree.root())) {
        throw ledgerDisagrees(`the ${size} entries do not have the root that was signed`);
      }
      this.#checkpoint = note;
      return;
    }
  }

  async draft(data: readonly string[]): Promise<LogDraft> {
    const expectedSize = this.size;
    const leaves = data.map((entry) => leafHash(Buffer.from(entry), nodeSha256));
    const checkpoint = await signCheckpoint(
      { origin: this.#origin, size: expectedSize + data.length, root: this.#tree.rootWith(leaves) },
      this.#signer,
    );
    const entries = data.map((entry, i) => ({ index: expectedSize + i, data: entry }));
    return { expectedSize, entries, leaves, checkpoint };
  }

  /** After the store has it. Tree and checkpoint change together, so no reader sees one without the other. */
  commit({ expectedSize, entries, leaves, checkpoint }: LogDraft): void {
    if (expectedSize !== this.size) throw new Error("the draft was made for another size of the log");
    entries.forEach((entry, i) => this.#append(entry, leaves[i]));
    this.#checkpoint = checkpoint;
  }

  /**
   * Audit paths of several leaves, all to the same checkpoint: the newest, or `preferred` (an earlier one of ours, with
   * what others have signed of it) where that has them all.
   */
  async proofs(indexes: readonly number[], preferred?: CosignedCheckpoint): Promise<ProofSet> {
    const at = preferred !== undefined && indexes.every((index) => index < preferred.size) ? preferred : undefined;
    const edges = at === undefined ? indexes : [...indexes, at.size];
    const tiles = new Map<number, readonly Uint8Array[]>();
    for (;;) {
      // The log may grow while a tile is read, and what was its unfinished tile may be full after that.
      const missing = edges
        .map((index) => Math.floor(index / TILE_WIDTH))
        .find((tile) => tile < this.#tree.fullTiles && !tiles.has(tile));
      if (missing === undefined) break;
      tiles.set(missing, await this.#leafTile(missing));
    }
    const read = this.#tree.reader(tiles);
    const proofs = indexes.map((index) => inclusionProof(index, at?.size ?? this.size, read, nodeSha256));
    const checkpoint = at?.note ?? this.#checkpoint;
    if (checkpoint === undefined) throw new Error("an empty log proves nothing");
    return { checkpoint, proofs };
  }

  /** Shows that the log of `from` entries is the beginning of the one of `to`. */
  async consistency(from: number, to: number = this.size): Promise<readonly Uint8Array[]> {
    const read = this.#tree.reader(await this.#tilesAt(from, to));
    return consistencyProof(from, to, read, nodeSha256);
  }

  /** The root that the log had with `size` entries. */
  async rootAt(size: number): Promise<Uint8Array> {
    const read = this.#tree.reader(await this.#tilesAt(size));
    return treeRoot(size, read, nodeSha256);
  }

  /** @throws PlatformError LEDGER_ROLLED_BACK or LEDGER_FORKED unless this log has all that a checkpoint of ours, from this file, stands for. */
  async assertExtends(note: string, file: string): Promise<void> {
    const { origin, size, root } = await verifyOwn(note, this.#signer.publicKey);
    if (this.size < size) throw ledgerRolledBack(this.size, size, file);
    if (origin !== this.#origin || !equalBytes(await this.rootAt(size), root)) throw ledgerForked(size, file);
  }

  /** The leaf tiles that hold the right edges of these sizes. */
  async #tilesAt(...sizes: readonly number[]): Promise<ReadonlyMap<number, readonly Uint8Array[]>> {
    const tiles = new Map<number, readonly Uint8Array[]>();
    for (const size of sizes) {
      const tile = Math.floor(size / TILE_WIDTH);
      if (tile < this.#tree.fullTiles && !tiles.has(tile)) tiles.set(tile, await this.#leafTile(tile));
    }
    return tiles;
  }

  tile(path: string): Promise<Uint8Array | undefined> {
    return readTile(path, this.#tree, {
      leafTile: (index) => this.#leafTile(index),
      entries: (from, to) => this.#store.ledgerEntries(from, to),
    });
  }

  async #leafTile(index: number): Promise<readonly Uint8Array[]> {
    const root = this.#tree.level(1)[index];
    if (root === undefined) throw new Error(`leaf tile ${index} is not full`);
    return await this.#tiles.read(index, root);
  }

  async #readUpTo(size: number): Promise<void> {
    while (this.size < size) {
      const from = this.size;
      const entries = await this.#store.ledgerEntries(from, Math.min(from + PAGE, size));
      if (entries.length === 0 || entries.some((entry, i) => entry.index !== from + i)) {
        throw ledgerDisagrees(`entry ${from} or one soon after it is missing`);
      }
      for (const entry of entries) this.#append(entry, leafHash(Buffer.from(entry.data), nodeSha256));
    }
  }

  #append({ index, data }: LedgerEntry, leaf: Uint8Array | undefined): void {
    if (leaf === undefined) throw new Error("an entry without its leaf hash");
    this.#tree.append(leaf);
    // Entries are our own canonical JSON; looking before parsing keeps a long log's start short.
    if (!data.includes('"k":"key"')) return;
    const keyId = announcedKey(data);
    if (keyId === undefined) throw ledgerDisagrees(`entry ${index} is not one of ours`);
    if (!this.#keys.has(keyId)) this.#keys.set(keyId, index);
  }

  async #openHead(note: string): Promise<Checkpoint> {
    const head = await verifyOwn(note, this.#signer.publicKey);
    if (this.size === 0) this.#origin = head.origin;
    if (head.origin !== this.#origin) throw ledgerDisagrees(`it is of the log ${head.origin}, not ${this.#origin}`);
    return head;
  }
}

/** A checkpoint that our key signed, of whichever log it is. */
async function verifyOwn(note: string, publicKey: Uint8Array): Promise<Checkpoint> {
  try {
    const { origin } = parseCheckpointText(note.slice(0, note.lastIndexOf("\n\n") + 1));
    return await verifyCheckpoint(note, noteKey(origin, publicKey));
  } catch (error) {
    throw ledgerDisagrees("our key did not sign it", error);
  }
}

function announcedKey(data: string): string | undefined {
  try {
    const entry: unknown = JSON.parse(data);
    if (typeof entry !== "object" || entry === null || !("s" in entry)) return undefined;
    return typeof entry.s === "string" ? entry.s : undefined;
  } catch {
    return undefined;
  }
}
