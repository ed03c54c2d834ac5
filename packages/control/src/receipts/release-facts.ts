import type { Store } from "@berth/store";
import { canonicalText } from "./canonical-text.ts";
import { digestOf } from "./node-sha256.ts";

/** What a receipt says of a release. */
export interface ReleaseFacts {
  readonly version?: string;
  readonly image?: string;
  readonly card?: string;
}

const MAX_CACHED = 1000;

/** Releases never change, so each is read once. */
export class ReleaseFactsReader {
  readonly #store: Pick<Store, "agents">;
  readonly #known: Map<string, ReleaseFacts> = new Map();

  constructor(store: Pick<Store, "agents">) {
    this.#store = store;
  }

  /** Empty for a release the store does not know: a receipt omits what is not known. */
  async read(orgId: string, releaseId: string): Promise<ReleaseFacts> {
    const key = `${orgId}/${releaseId}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const release = await this.#store.agents.findRelease(orgId, releaseId);
    if (release === undefined) return {};
    const facts: ReleaseFacts = {
      version: release.card.version.toWellFormed(),
      image: release.digest,
      card: digestOf(canonicalText(release.card)),
    };
    const [oldest] = this.#known.keys();
    if (this.#known.size >= MAX_CACHED && oldest !== undefined) this.#known.delete(oldest);
    this.#known.set(key, facts);
    return facts;
  }
}
