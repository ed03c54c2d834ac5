import type { AnchorRecord, AnchorStore } from "../anchor-store.ts";
import { requireStorableText } from "../storable-text.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryAnchorStore implements AnchorStore {
  readonly #state: InMemoryState;
  readonly #anchors: AnchorRecord[] = [];

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async append(anchor: AnchorRecord): Promise<void> {
    this.#state.assertOpen();
    requireStorableText({ sink: anchor.sink, checkpoint: anchor.checkpoint, evidence: anchor.evidence });
    if (this.#anchors.some(({ sink, size }) => sink === anchor.sink && size === anchor.size)) return;
    this.#anchors.push(anchor);
  }

  async list(limit: number): Promise<readonly AnchorRecord[]> {
    this.#state.assertOpen();
    return this.#anchors.toSorted((a, b) => b.size - a.size || (a.sink < b.sink ? -1 : 1)).slice(0, limit);
  }

  async newest(sink: string): Promise<AnchorRecord | undefined> {
    const all = await this.list(this.#anchors.length);
    return all.find((anchor) => anchor.sink === sink);
  }
}
