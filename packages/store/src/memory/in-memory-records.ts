import { PlatformError } from "@berth/protocol";
import type { ApiKeyRecord, ApiKeyStore } from "../api-key-store.ts";
import type { DeploymentRecord, DeploymentStore } from "../deployment-store.ts";
import { toInstant } from "../instant.ts";
import { apiKeyAsKept, deploymentAsKept } from "../kept-records.ts";
import { boundPageSize } from "../page-token.ts";
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

export class InMemoryDeploymentStore implements DeploymentStore {
  readonly #state: InMemoryState;
  readonly #deployments = new Map<string, DeploymentRecord>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async save(deployment: DeploymentRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = deploymentAsKept(deployment);
    this.#deployments.set(keyOf(kept.orgId, kept.deploymentId), kept);
  }

  async find(orgId: string, deploymentId: string): Promise<DeploymentRecord | undefined> {
    this.#state.assertOpen();
    return this.#deployments.get(keyOf(orgId, deploymentId));
  }

  async list(
    orgId: string,
    filter: { readonly agentName?: string; readonly limit: number },
  ): Promise<readonly DeploymentRecord[]> {
    this.#state.assertOpen();
    return [...this.#deployments.values()]
      .filter((found) => found.orgId === orgId)
      .filter((found) => filter.agentName === undefined || found.agentName === filter.agentName)
      .sort((a, b) => (keyOf(a.createdAt, a.deploymentId) > keyOf(b.createdAt, b.deploymentId) ? -1 : 1))
      .slice(0, boundPageSize(filter.limit));
  }
}
