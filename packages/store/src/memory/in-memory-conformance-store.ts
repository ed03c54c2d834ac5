import type { ConformanceRecord, ConformanceStore } from "../conformance-store.ts";
import { conformanceAsKept } from "../kept-conformance.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryConformanceStore implements ConformanceStore {
  readonly #state: InMemoryState;
  readonly #records = new Map<string, ConformanceRecord>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async save(record: ConformanceRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = conformanceAsKept(record);
    this.#records.set(keyOf(kept.orgId, kept.releaseId), kept);
  }

  async find(orgId: string, releaseId: string): Promise<ConformanceRecord | undefined> {
    this.#state.assertOpen();
    return this.#records.get(keyOf(orgId, releaseId));
  }
}
