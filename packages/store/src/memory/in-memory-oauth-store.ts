import { oauthRecordAsKept } from "../kept-oauth.ts";
import { toInstant } from "../instant.ts";
import { MAX_LISTED_OAUTH_RECORDS } from "../oauth-store.ts";
import type { OAuthRecord, OAuthStore } from "../oauth-store.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryOAuthStore implements OAuthStore {
  readonly #state: InMemoryState;
  readonly #now: () => Date;
  readonly #records = new Map<string, OAuthRecord>();

  constructor(state: InMemoryState, now: () => Date) {
    this.#state = state;
    this.#now = now;
  }

  async upsert(record: OAuthRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = oauthRecordAsKept(record);
    const key = keyOf(kept.kind, kept.id);
    const consumedAt = this.#records.get(key)?.consumedAt ?? kept.consumedAt;
    this.#records.set(key, { ...kept, ...(consumedAt === undefined ? {} : { consumedAt }) });
  }

  async find(kind: string, id: string): Promise<OAuthRecord | undefined> {
    this.#state.assertOpen();
    return this.#first((record) => record.kind === kind && record.id === id);
  }

  async findByUserCode(kind: string, userCode: string): Promise<OAuthRecord | undefined> {
    this.#state.assertOpen();
    return this.#first((record) => record.kind === kind && record.userCode === userCode);
  }

  async findByUid(kind: string, uid: string): Promise<OAuthRecord | undefined> {
    this.#state.assertOpen();
    return this.#first((record) => record.kind === kind && record.uid === uid);
  }

  async consume(kind: string, id: string, at: string): Promise<boolean> {
    this.#state.assertOpen();
    const record = this.#records.get(keyOf(kind, id));
    if (record === undefined || record.consumedAt !== undefined) return false;
    this.#records.set(keyOf(kind, id), { ...record, consumedAt: toInstant(at) });
    return true;
  }

  async remove(kind: string, id: string): Promise<void> {
    this.#state.assertOpen();
    this.#records.delete(keyOf(kind, id));
  }

  async removeByGrantId(grantId: string): Promise<void> {
    this.#state.assertOpen();
    for (const [key, record] of this.#records) {
      if (record.grantId === grantId) this.#records.delete(key);
    }
  }

  async list(kind: string, limit: number): Promise<readonly OAuthRecord[]> {
    this.#state.assertOpen();
    return [...this.#records.values()]
      .filter((record) => record.kind === kind && this.#isCurrent(record))
      .sort((a, b) => (a.id < b.id ? -1 : 1))
      .slice(0, Math.min(limit, MAX_LISTED_OAUTH_RECORDS));
  }

  async removeExpired(at: string): Promise<number> {
    this.#state.assertOpen();
    const before = this.#records.size;
    for (const [key, { expiresAt }] of this.#records) {
      if (expiresAt !== undefined && expiresAt <= toInstant(at)) this.#records.delete(key);
    }
    return before - this.#records.size;
  }

  #first(fits: (record: OAuthRecord) => boolean): OAuthRecord | undefined {
    for (const record of this.#records.values()) {
      if (fits(record) && this.#isCurrent(record)) return record;
    }
    return undefined;
  }

  #isCurrent({ expiresAt }: OAuthRecord): boolean {
    return expiresAt === undefined || expiresAt > this.#now().toISOString();
  }
}

function keyOf(kind: string, id: string): string {
  return JSON.stringify([kind, id]);
}
