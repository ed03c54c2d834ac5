import type { Store } from "@berth/store";
import { parsePrice } from "./price.ts";
import type { Price } from "./price.ts";

const MAX_KNOWN = 1_000;

/** Prices by release, which never change: each is read once. */
export class PriceBook {
  readonly #agents: Pick<Store["agents"], "findRelease">;
  readonly #known = new Map<string, Price | undefined>();

  constructor({ agents }: { readonly agents: Pick<Store["agents"], "findRelease"> }) {
    this.#agents = agents;
  }

  /** Undefined: it costs nothing. */
  async priceOf(orgId: string, releaseId: string): Promise<Price | undefined> {
    const key = `${orgId}/${releaseId}`;
    if (this.#known.has(key)) return this.#known.get(key);
    const release = await this.#agents.findRelease(orgId, releaseId);
    const config = release?.config.price;
    const price = config === undefined ? undefined : parsePrice(config);
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_KNOWN && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, price);
    return price;
  }
}
