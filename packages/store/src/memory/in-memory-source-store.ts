import { PlatformError } from "@berth/protocol";
import { sourceAsKept } from "../kept-records.ts";
import { MAX_REMEMBERED_DELIVERIES } from "../source-store.ts";
import type { SourceRecord, SourceStore } from "../source-store.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemorySourceStore implements SourceStore {
  readonly #state: InMemoryState;
  readonly #sources = new Map<string, SourceRecord>();
  /** In the order in which they came. */
  readonly #marks = new Map<string, Set<string>>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async save(source: SourceRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = sourceAsKept(source);
    const there = this.#sources.get(kept.sourceId);
    if (there !== undefined && (there.orgId !== kept.orgId || there.agentName !== kept.agentName)) {
      throw new PlatformError("STORE_CONFLICT", `There is a source ${kept.sourceId} already.`);
    }
    this.#forget(kept.orgId, kept.agentName, kept.sourceId);
    this.#sources.set(kept.sourceId, kept);
  }

  async find(sourceId: string): Promise<SourceRecord | undefined> {
    this.#state.assertOpen();
    return this.#sources.get(sourceId);
  }

  async ofAgent(orgId: string, agentName: string): Promise<SourceRecord | undefined> {
    this.#state.assertOpen();
    return [...this.#sources.values()].find((source) => source.orgId === orgId && source.agentName === agentName);
  }

  async remove(orgId: string, agentName: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#forget(orgId, agentName);
  }

  async claim(sourceId: string, marks: readonly string[]): Promise<boolean> {
    this.#state.assertOpen();
    const known = this.#marks.get(sourceId) ?? new Set<string>();
    if (!this.#sources.has(sourceId) || marks.some((mark) => known.has(mark))) return false;
    for (const mark of marks) known.add(mark);
    for (const oldest of known) {
      if (known.size <= MAX_REMEMBERED_DELIVERIES) break;
      known.delete(oldest);
    }
    this.#marks.set(sourceId, known);
    return true;
  }

  async release(sourceId: string, marks: readonly string[]): Promise<void> {
    this.#state.assertOpen();
    for (const mark of marks) this.#marks.get(sourceId)?.delete(mark);
  }

  /** All of the agent's but the one that stays. */
  #forget(orgId: string, agentName: string, stays?: string): boolean {
    const gone = [...this.#sources.values()].filter(
      (source) => source.orgId === orgId && source.agentName === agentName && source.sourceId !== stays,
    );
    for (const { sourceId } of gone) {
      this.#sources.delete(sourceId);
      this.#marks.delete(sourceId);
    }
    return gone.length > 0;
  }
}
