import { PlatformError } from "@berth/protocol";
import type { ApiKeyRecord, ApiKeyStore } from "../api-key-store.ts";
import { toInstant } from "../instant.ts";
import { apiKeyAsKept } from "../kept-records.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryApiKeyStore implements ApiKeyStore {
  readonly #state: InMemoryState;
  readonly #keys = new Map<string, ApiKeyRecord>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async insert(key: ApiKeyRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = apiKeyAsKept(key);
    if (this.#keys.has(kept.keyId)) throw new PlatformError("STORE_CONFLICT", `There is a key ${kept.keyId} already.`);
    this.#keys.set(kept.keyId, kept);
  }

  async find(keyId: string): Promise<ApiKeyRecord | undefined> {
    this.#state.assertOpen();
    return this.#keys.get(keyId);
  }

  async list(orgId: string): Promise<readonly ApiKeyRecord[]> {
    this.#state.assertOpen();
    return [...this.#keys.values()]
      .filter((key) => key.orgId === orgId)
      .sort((a, b) => (keyOf(a.createdAt, a.keyId) > keyOf(b.createdAt, b.keyId) ? -1 : 1));
  }

  async revoke(orgId: string, keyId: string, at: string): Promise<boolean> {
    this.#state.assertOpen();
    const key = this.#keys.get(keyId);
    if (key?.orgId !== orgId || key.revokedAt !== undefined) return false;
    this.#keys.set(keyId, { ...key, revokedAt: toInstant(at) });
    return true;
  }

  async touch(keyId: string, at: string): Promise<void> {
    this.#state.assertOpen();
    const key = this.#keys.get(keyId);
    const lastUsedAt = toInstant(at);
    if (key === undefined || (key.lastUsedAt ?? "") >= lastUsedAt) return;
    this.#keys.set(keyId, { ...key, lastUsedAt });
  }
}
