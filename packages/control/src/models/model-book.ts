import { PlatformError } from "@berth/protocol";
import type { ModelProvider, ModelStore, PricedModel } from "@berth/store";
import { RecentReads } from "../recent-reads.ts";

/** A model that may answer, and whose it is. */
export interface Candidate {
  /** `provider/model`. */
  readonly id: string;
  readonly provider: ModelProvider;
  readonly model: PricedModel;
}

interface Book {
  readonly models: ReadonlyMap<string, Candidate>;
  readonly aliases: ReadonlyMap<string, readonly string[]>;
}

/** What names mean. Read anew about every second, and at once where they were changed. */
export class ModelBook {
  readonly #store: ModelStore;
  readonly #recent: RecentReads<Book>;

  constructor(store: ModelStore, now: () => Date) {
    this.#store = store;
    this.#recent = new RecentReads(now);
  }

  forget(orgId: string): void {
    this.#recent.forget(orgId);
  }

  /** An alias's models in their order, or the one of this name. @throws MODEL_NOT_FOUND */
  async find(orgId: string, name: string): Promise<readonly Candidate[]> {
    const { models, aliases } = await this.#book(orgId);
    const found = (aliases.get(name) ?? [name]).flatMap((id) => models.get(id) ?? []);
    if (found.length > 0) return found;
    throw new PlatformError("MODEL_NOT_FOUND", `There is no model "${name.slice(0, 200)}".`, {
      hint: "`a2a models list` shows those that there are: provider/model, or an alias.",
    });
  }

  /** All names, aliases first. */
  async names(orgId: string): Promise<readonly { readonly id: string; readonly provider: string }[]> {
    const { models, aliases } = await this.#book(orgId);
    return [
      ...[...aliases.keys()].map((id) => ({ id, provider: "alias" })),
      ...[...models.values()].map(({ id, provider }) => ({ id, provider: provider.name })),
    ];
  }

  async #book(orgId: string): Promise<Book> {
    return await this.#recent.read(orgId, async () => {
      const [providers, aliases] = await Promise.all([this.#store.providers(orgId), this.#store.aliases(orgId)]);
      const candidates = providers.flatMap((provider) =>
        provider.models.map((model) => ({ id: `${provider.name}/${model.name}`, provider, model })),
      );
      return {
        models: new Map(candidates.map((candidate) => [candidate.id, candidate])),
        aliases: new Map(aliases.map(({ name, targets }) => [name, targets])),
      };
    });
  }
}
