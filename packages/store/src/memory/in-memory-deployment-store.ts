import { hasEnded } from "../deployment-store.ts";
import type { DeploymentLine, DeploymentRecord, DeploymentStatus, DeploymentStore } from "../deployment-store.ts";
import { deploymentAsKept, lineAsKept } from "../kept-records.ts";
import { boundPageSize } from "../page-token.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryDeploymentStore implements DeploymentStore {
  readonly #state: InMemoryState;
  readonly #deployments = new Map<string, DeploymentRecord>();
  readonly #lines = new Map<string, DeploymentLine[]>();

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
    filter: { readonly agentName?: string; readonly status?: DeploymentStatus; readonly limit: number },
  ): Promise<readonly DeploymentRecord[]> {
    this.#state.assertOpen();
    return this.#oldestFirst()
      .toReversed()
      .filter((found) => found.orgId === orgId)
      .filter((found) => filter.agentName === undefined || found.agentName === filter.agentName)
      .filter((found) => filter.status === undefined || found.status === filter.status)
      .slice(0, boundPageSize(filter.limit));
  }

  async unfinished(limit: number): Promise<readonly DeploymentRecord[]> {
    this.#state.assertOpen();
    return this.#oldestFirst()
      .filter((found) => !hasEnded(found))
      .slice(0, boundPageSize(limit));
  }

  async expired(at: string, limit: number): Promise<readonly DeploymentRecord[]> {
    this.#state.assertOpen();
    const kept = [...this.#deployments.values()].flatMap((found) =>
      found.keptUntil !== undefined && found.keptUntil <= at ? [{ found, until: found.keptUntil }] : [],
    );
    return kept
      .sort((a, b) => (a.until < b.until ? -1 : 1))
      .slice(0, boundPageSize(limit))
      .map(({ found }) => found);
  }

  async appendLines(orgId: string, deploymentId: string, lines: readonly DeploymentLine[]): Promise<void> {
    this.#state.assertOpen();
    const key = keyOf(orgId, deploymentId);
    const known = this.#lines.get(key) ?? [];
    this.#lines.set(key, [...known, ...lines.filter(({ seq }) => seq > known.length).map(lineAsKept)]);
  }

  async lines(
    orgId: string,
    deploymentId: string,
    { after, limit }: { readonly after: number; readonly limit: number },
  ): Promise<readonly DeploymentLine[]> {
    this.#state.assertOpen();
    return (this.#lines.get(keyOf(orgId, deploymentId)) ?? []).slice(after, after + boundPageSize(limit));
  }

  async lastLine(orgId: string, deploymentId: string): Promise<number> {
    this.#state.assertOpen();
    return this.#lines.get(keyOf(orgId, deploymentId))?.length ?? 0;
  }

  #oldestFirst(): DeploymentRecord[] {
    return [...this.#deployments.values()].sort((a, b) =>
      keyOf(a.createdAt, a.deploymentId) < keyOf(b.createdAt, b.deploymentId) ? -1 : 1,
    );
  }
}
