import { MAX_LISTED_TARGETS, placementAsKept, targetAsKept } from "../kept-targets.ts";
import { boundPageSize } from "../page-token.ts";
import type { PlacementRecord, TargetRecord, TargetStore } from "../target-store.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryTargetStore implements TargetStore {
  readonly #state: InMemoryState;
  readonly #targets = new Map<string, TargetRecord>();
  readonly #placements = new Map<string, PlacementRecord>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async save(target: TargetRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = targetAsKept(target);
    this.#targets.set(keyOf(kept.orgId, kept.name), kept);
  }

  async find(orgId: string, name: string): Promise<TargetRecord | undefined> {
    this.#state.assertOpen();
    return this.#targets.get(keyOf(orgId, name));
  }

  async list(orgId: string): Promise<readonly TargetRecord[]> {
    this.#state.assertOpen();
    return [...this.#targets.values()]
      .filter((target) => target.orgId === orgId)
      .toSorted((one, other) => (one.name < other.name ? -1 : 1))
      .slice(0, MAX_LISTED_TARGETS);
  }

  async remove(orgId: string, name: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#targets.delete(keyOf(orgId, name));
  }

  async savePlacement(placement: PlacementRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = placementAsKept(placement);
    this.#placements.set(keyOf(kept.orgId, kept.releaseId), kept);
  }

  async placement(orgId: string, releaseId: string): Promise<PlacementRecord | undefined> {
    this.#state.assertOpen();
    return this.#placements.get(keyOf(orgId, releaseId));
  }

  async placements(
    orgId: string,
    { agentId, target, limit }: { readonly agentId?: string; readonly target?: string; readonly limit: number },
  ): Promise<readonly PlacementRecord[]> {
    this.#state.assertOpen();
    return [...this.#placements.values()]
      .filter((each) => each.orgId === orgId && (agentId ?? each.agentId) === each.agentId)
      .filter((each) => (target ?? each.target) === each.target)
      .toSorted((one, other) => (orderOf(one) < orderOf(other) ? 1 : -1))
      .slice(0, boundPageSize(limit));
  }

  async removePlacement(orgId: string, releaseId: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#placements.delete(keyOf(orgId, releaseId));
  }
}

function orderOf({ createdAt, releaseId }: PlacementRecord): string {
  return `${createdAt} ${releaseId}`;
}
