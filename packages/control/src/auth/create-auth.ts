import { DEFAULT_ORG_ID, PlatformError, SCOPES } from "@berth/protocol";
import type { Principal, Scope } from "@berth/protocol";
import type { ApiKeyRecord, Store } from "@berth/store";
import { assertScope } from "../assert-scope.ts";
import { RecentReads } from "../recent-reads.ts";
import { createApiKey, hashSecret, parseApiKey, sameHash } from "./api-key.ts";
import type { Auth, CreatedKey } from "./auth.ts";
import { Sessions } from "./sessions.ts";

const DAY_MS = 24 * 3_600_000;
const DEFAULT_EXPIRY_DAYS = 90;
const MAX_EXPIRY_DAYS = 3_650;
/** Of a principal's id. */
const KEY_PREFIX = "key_";
/** `lastUsedAt` is written at most this often per key. */
const TOUCH_MS = 60_000;

export interface AuthOptions {
  readonly store: Store;
  /** 32 bytes, kept outside the database: a stolen table of hashes is no table of keys. */
  readonly pepper: Uint8Array;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

export function createAuth(options: AuthOptions): Auth {
  return new StoreAuth(options);
}

class StoreAuth implements Auth {
  readonly #options: AuthOptions;
  readonly #sessions: Sessions;
  readonly #touched = new Map<string, number>();
  readonly #keys: RecentReads<ApiKeyRecord | undefined>;

  constructor(options: AuthOptions) {
    this.#options = options;
    this.#keys = new RecentReads(options.now);
    this.#sessions = new Sessions({ now: () => options.now().getTime(), randomBytes: options.randomBytes });
  }

  async authenticate(credential: string): Promise<Principal> {
    const session = this.#sessions.find(credential);
    if (session !== undefined) return session;
    const parsed = parseApiKey(credential);
    const record = parsed === undefined ? undefined : await this.#find(parsed.keyId);
    if (parsed === undefined || record === undefined || !this.#holds(record, parsed.secret)) throw unauthenticated();
    this.#touch(record.keyId);
    return toPrincipal(record);
  }

  async principalOf(principalId: string): Promise<Principal> {
    const keyId = principalId.startsWith(KEY_PREFIX) ? principalId.slice(KEY_PREFIX.length) : undefined;
    const record = keyId === undefined ? undefined : await this.#find(keyId);
    if (record === undefined || !this.#isCurrent(record)) throw unauthenticated();
    return toPrincipal(record);
  }

  anonymous(options?: { readonly local: boolean }): Principal {
    const id = options?.local === true ? "anonymous-local" : "anonymous";
    return { kind: "anonymous", id, orgId: DEFAULT_ORG_ID, scopes: [] };
  }

  async createKey(
    principal: Principal,
    request: { readonly name: string; readonly scopes: readonly Scope[]; readonly expiresInDays?: number },
  ): Promise<CreatedKey> {
    assertScope(principal, "admin");
    assertKeyRequest(request);
    const { store, pepper, now, randomBytes } = this.#options;
    const { keyId, secret, key } = createApiKey(randomBytes);
    const createdAt = now();
    const record: ApiKeyRecord = {
      orgId: principal.orgId,
      keyId,
      secretHash: hashSecret(pepper, secret),
      name: request.name,
      scopes: request.scopes,
      createdAt: createdAt.toISOString(),
      expiresAt: new Date(createdAt.getTime() + (request.expiresInDays ?? DEFAULT_EXPIRY_DAYS) * DAY_MS).toISOString(),
    };
    await store.apiKeys.insert(record);
    await this.#audit(principal, "key.create", keyId);
    return { record, secret: key };
  }

  async listKeys(principal: Principal): Promise<readonly ApiKeyRecord[]> {
    assertScope(principal, "admin");
    return await this.#options.store.apiKeys.list(principal.orgId);
  }

  async revokeKey(principal: Principal, keyId: string): Promise<void> {
    assertScope(principal, "admin");
    const { store, now } = this.#options;
    const revoked = await store.apiKeys.revoke(principal.orgId, keyId, now().toISOString());
    this.#keys.forget(keyId);
    if (!revoked) throw new PlatformError("KEY_NOT_FOUND", "There is no valid key with this id.");
    await this.#audit(principal, "key.revoke", keyId);
  }

  createSignIn(principal: Principal): string {
    return this.#sessions.createCode(principal);
  }

  redeemSignIn(code: string): { readonly session: string; readonly principal: Principal } {
    return this.#sessions.redeem(code);
  }

  openSession(principal: Principal): string {
    return this.#sessions.open(principal);
  }

  endSession(session: string): void {
    this.#sessions.end(session);
  }

  async #find(keyId: string): Promise<ApiKeyRecord | undefined> {
    return await this.#keys.read(keyId, async () => await this.#options.store.apiKeys.find(keyId));
  }

  #holds(record: ApiKeyRecord, secret: string): boolean {
    return this.#isCurrent(record) && sameHash(record.secretHash, hashSecret(this.#options.pepper, secret));
  }

  #isCurrent({ revokedAt, expiresAt }: ApiKeyRecord): boolean {
    if (revokedAt !== undefined) return false;
    return expiresAt === undefined || Date.parse(expiresAt) > this.#options.now().getTime();
  }

  #touch(keyId: string): void {
    const { store, now } = this.#options;
    const at = now();
    if (at.getTime() - (this.#touched.get(keyId) ?? 0) < TOUCH_MS) return;
    this.#touched.set(keyId, at.getTime());
    // Best effort by contract: a call does not fail because its key's last use could not be noted.
    store.apiKeys.touch(keyId, at.toISOString()).catch(() => undefined);
  }

  async #audit(principal: Principal, action: string, resource: string): Promise<void> {
    const { store, now } = this.#options;
    const { orgId, id } = principal;
    await store.audit.append({ orgId, at: now().toISOString(), actor: id, action, resource, outcome: "ok" });
  }
}

function toPrincipal(record: ApiKeyRecord): Principal {
  const { orgId, keyId, scopes, name } = record;
  return { kind: "api_key", id: `${KEY_PREFIX}${keyId}`, orgId, scopes, name };
}

function unauthenticated(): PlatformError {
  return new PlatformError("UNAUTHENTICATED", "The credential is not valid.", {
    hint: "Send a current API key as `Authorization: Bearer berth_sk_…`.",
  });
}

function assertKeyRequest(request: {
  readonly name: string;
  readonly scopes: readonly string[];
  readonly expiresInDays?: number;
}): void {
  const violations = [];
  if (request.name.trim() === "" || request.name.length > 100) {
    violations.push({ field: "name", description: "1 to 100 characters" });
  }
  const known: readonly string[] = SCOPES;
  if (request.scopes.length === 0 || request.scopes.some((scope) => !known.includes(scope))) {
    violations.push({ field: "scopes", description: `one or more of ${SCOPES.join(", ")}` });
  }
  const days = request.expiresInDays ?? DEFAULT_EXPIRY_DAYS;
  if (!Number.isInteger(days) || days < 1 || days > MAX_EXPIRY_DAYS) {
    violations.push({ field: "expiresInDays", description: `a whole number from 1 to ${MAX_EXPIRY_DAYS}` });
  }
  const [first] = violations;
  if (first === undefined) return;
  throw new PlatformError("INVALID_PARAMS", `${first.field}: ${first.description}`, { violations });
}
