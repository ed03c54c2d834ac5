import { secretAsKept } from "../kept-secret.ts";
import { MAX_LISTED_SECRETS } from "../secret-store.ts";
import type { SecretRecord, SecretStore } from "../secret-store.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemorySecretStore implements SecretStore {
  readonly #state: InMemoryState;
  readonly #secrets = new Map<string, SecretRecord>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async put(secret: Omit<SecretRecord, "version">): Promise<SecretRecord> {
    this.#state.assertOpen();
    const key = keyOfSecret(secret.orgId, secret.name, secret.agentName);
    const kept = { ...secretAsKept(secret), version: (this.#secrets.get(key)?.version ?? 0) + 1 };
    this.#secrets.set(key, kept);
    return kept;
  }

  async find(orgId: string, name: string, agentName?: string): Promise<SecretRecord | undefined> {
    this.#state.assertOpen();
    return this.#secrets.get(keyOfSecret(orgId, name, agentName));
  }

  async list(orgId: string): Promise<readonly SecretRecord[]> {
    this.#state.assertOpen();
    return [...this.#secrets.values()]
      .filter((secret) => secret.orgId === orgId)
      .toSorted((one, other) => compare(one.name, other.name) || compare(one.agentName ?? "", other.agentName ?? ""))
      .slice(0, MAX_LISTED_SECRETS);
  }

  async remove(orgId: string, name: string, agentName?: string): Promise<boolean> {
    this.#state.assertOpen();
    return this.#secrets.delete(keyOfSecret(orgId, name, agentName));
  }

  async notUnderKey(keyId: string, limit: number): Promise<readonly SecretRecord[]> {
    this.#state.assertOpen();
    return [...this.#secrets.values()].filter((secret) => secret.keyId !== keyId).slice(0, limit);
  }

  async reseal(secret: SecretRecord): Promise<boolean> {
    this.#state.assertOpen();
    const key = keyOfSecret(secret.orgId, secret.name, secret.agentName);
    const known = this.#secrets.get(key);
    if (known?.version !== secret.version) return false;
    this.#secrets.set(key, { ...known, sealed: secret.sealed, keyId: secret.keyId });
    return true;
  }
}

function keyOfSecret(orgId: string, name: string, agentName: string | undefined): string {
  return keyOf(orgId, name, agentName ?? "");
}

function compare(one: string, other: string): number {
  return one < other ? -1 : Number(one > other);
}
