import { MAX_LISTED_GRANTS } from "../grant-store.ts";
import type { GrantRecord, GrantStore } from "../grant-store.ts";
import { toInstant } from "../instant.ts";
import { grantAsKept, grantExists, grantGaveWay } from "../kept-grant.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryGrantStore implements GrantStore {
  readonly #state: InMemoryState;
  readonly #grants = new Map<string, GrantRecord>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async insert(grant: GrantRecord): Promise<void> {
    this.#state.assertOpen();
    this.#insert(grantAsKept(grant));
  }

  async find(orgId: string, grantId: string): Promise<GrantRecord | undefined> {
    this.#state.assertOpen();
    return this.#grants.get(keyOf(orgId, grantId));
  }

  async replace(next: GrantRecord, priorId: string, at: string): Promise<void> {
    this.#state.assertOpen();
    const kept = grantAsKept(next);
    const prior = this.#grants.get(keyOf(kept.orgId, priorId));
    if (prior === undefined || prior.revokedAt !== undefined) throw grantGaveWay(priorId);
    this.#insert(kept);
    this.#grants.set(keyOf(prior.orgId, priorId), { ...prior, revokedAt: toInstant(at) });
  }

  async revoke(orgId: string, grantId: string, at: string): Promise<readonly string[]> {
    return this.#end(orgId, (grant) => grant.grantId === grantId, at);
  }

  async revokeRun(orgId: string, runId: string, at: string): Promise<readonly string[]> {
    return this.#end(orgId, (grant) => grant.runId === runId, at);
  }

  async ofRun(orgId: string, runId: string): Promise<readonly GrantRecord[]> {
    const ofRun = this.#newestFirst((grant) => grant.orgId === orgId && grant.runId === runId).toReversed();
    return ofRun.slice(0, MAX_LISTED_GRANTS);
  }

  async list(
    orgId: string,
    { agentId, valid }: { readonly agentId?: string; readonly valid?: string },
  ): Promise<readonly GrantRecord[]> {
    const at = valid === undefined ? undefined : toInstant(valid);
    const listed = this.#newestFirst(
      (grant) =>
        grant.orgId === orgId &&
        (agentId === undefined || grant.agentId === agentId) &&
        (at === undefined || (grant.revokedAt === undefined && grant.expiresAt > at)),
    );
    return listed.slice(0, MAX_LISTED_GRANTS);
  }

  #insert(kept: GrantRecord): void {
    const key = keyOf(kept.orgId, kept.grantId);
    if (this.#grants.has(key)) throw grantExists(kept.grantId);
    this.#grants.set(key, kept);
  }

  #newestFirst(isWanted: (grant: GrantRecord) => boolean): GrantRecord[] {
    this.#state.assertOpen();
    return [...this.#grants.values()]
      .filter(isWanted)
      .sort((a, b) => (keyOf(a.issuedAt, a.grantId) > keyOf(b.issuedAt, b.grantId) ? -1 : 1));
  }

  #end(orgId: string, isFirst: (grant: GrantRecord) => boolean, at: string): readonly string[] {
    this.#state.assertOpen();
    const own = [...this.#grants.values()].filter((grant) => grant.orgId === orgId);
    const found = new Set(own.filter(isFirst));
    // What is added while the set is walked is walked too.
    for (const one of found) {
      for (const other of own) if (fallsWith(one, other)) found.add(other);
    }
    const ended = [...found].filter(({ revokedAt }) => revokedAt === undefined);
    for (const grant of ended) {
      this.#grants.set(keyOf(orgId, grant.grantId), { ...grant, revokedAt: toInstant(at) });
    }
    return ended.map(({ grantId }) => grantId).sort();
  }
}

/** Whether `other` is the one before or after in the line, or was cut from it. */
function fallsWith(one: GrantRecord, other: GrantRecord): boolean {
  return other.priorId === one.grantId || other.parentId === one.grantId || other.grantId === one.priorId;
}
