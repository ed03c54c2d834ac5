import { modelEntryAsKept } from "../kept-models.ts";
import { MAX_MODEL_ENTRIES } from "../model-store.ts";
import type { ModelAlias, ModelProvider, ModelStore } from "../model-store.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryModelStore implements ModelStore {
  readonly #state: InMemoryState;
  readonly #providers = new Map<string, ModelProvider>();
  readonly #aliases = new Map<string, ModelAlias>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async providers(orgId: string): Promise<readonly ModelProvider[]> {
    this.#state.assertOpen();
    return listOf(this.#providers, orgId);
  }

  async aliases(orgId: string): Promise<readonly ModelAlias[]> {
    this.#state.assertOpen();
    return listOf(this.#aliases, orgId);
  }

  async putProvider(provider: ModelProvider): Promise<void> {
    this.#state.assertOpen();
    this.#providers.set(keyOf(provider.orgId, provider.name), modelEntryAsKept(provider));
  }

  async putAlias(alias: ModelAlias): Promise<void> {
    this.#state.assertOpen();
    this.#aliases.set(keyOf(alias.orgId, alias.name), modelEntryAsKept(alias));
  }

  async removeProvider(orgId: string, name: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#providers.delete(keyOf(orgId, name));
  }

  async removeAlias(orgId: string, name: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#aliases.delete(keyOf(orgId, name));
  }
}

function listOf<T extends ModelProvider | ModelAlias>(entries: ReadonlyMap<string, T>, orgId: string): readonly T[] {
  return [...entries.values()]
    .filter((entry) => entry.orgId === orgId)
    .toSorted((one, other) => (one.name < other.name ? -1 : 1))
    .slice(0, MAX_MODEL_ENTRIES);
}
