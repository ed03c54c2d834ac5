import type { JsonObject } from "@berth/protocol";

/** One record of the authorization server: a client, a session, a code, a token, … by `kind`. */
export interface OAuthRecord {
  readonly kind: string;
  readonly id: string;
  readonly payload: JsonObject;
  readonly grantId?: string;
  readonly userCode?: string;
  readonly uid?: string;
  readonly expiresAt?: string;
  readonly consumedAt?: string;
}

export const MAX_LISTED_OAUTH_RECORDS = 10_000;

/** What oidc-provider's adapter needs. */
export interface OAuthStore {
  /** Makes or replaces; what was consumed stays so. */
  upsert(record: OAuthRecord): Promise<void>;
  /** Expired ones are not found. */
  find(kind: string, id: string): Promise<OAuthRecord | undefined>;
  findByUserCode(kind: string, userCode: string): Promise<OAuthRecord | undefined>;
  findByUid(kind: string, uid: string): Promise<OAuthRecord | undefined>;
  /** False when it was consumed before, or when there is none: a code is redeemed once. */
  consume(kind: string, id: string, at: string): Promise<boolean>;
  remove(kind: string, id: string): Promise<void>;
  /** All kinds. */
  removeByGrantId(grantId: string): Promise<void>;
  /** By id, without expired ones. At most MAX_LISTED_OAUTH_RECORDS. */
  list(kind: string, limit: number): Promise<readonly OAuthRecord[]>;
  removeExpired(at: string): Promise<number>;
}
