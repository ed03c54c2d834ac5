import type { Scope } from "@berth/protocol";

export interface ApiKeyRecord {
  readonly orgId: string;
  /** The public part of the key. */
  readonly keyId: string;
  /** HMAC-SHA256(pepper, secret), hex. */
  readonly secretHash: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly lastUsedAt?: string;
  readonly revokedAt?: string;
  /** The user who made it, if one did: the key never has more than they have. */
  readonly createdBy?: string;
  /** Set: only these agents exist for it. */
  readonly agents?: readonly string[];
  /** Set: it holds only from addresses in these networks, `192.0.2.0/24`. */
  readonly cidrs?: readonly string[];
}

export interface ApiKeyStore {
  insert(key: ApiKeyRecord): Promise<void>;
  /** Over all organizations: the id is unguessable enough to be looked up, useless without its secret. */
  find(keyId: string): Promise<ApiKeyRecord | undefined>;
  list(orgId: string): Promise<readonly ApiKeyRecord[]>;
  /** False when there is none or it was revoked before. */
  revoke(orgId: string, keyId: string, at: string): Promise<boolean>;
  /** Last use, best effort: not durable, never awaited on a call's path. */
  touch(keyId: string, at: string): Promise<void>;
}
