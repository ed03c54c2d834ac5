import { PlatformError, ROLES, hasScope } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { ApiKeyRecord, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { RecentReads } from "../recent-reads.ts";
import { createApiKey, hashSecret, parseApiKey, sameHash } from "./api-key.ts";
import type { CreatedKey, NewKey } from "./auth.ts";
import { authorize } from "./authorize.ts";
import { DEFAULT_EXPIRY_DAYS, assertKeyRequest, assertWithin } from "./key-request.ts";
import type { Members } from "./members.ts";
import { isWithin } from "./networks.ts";

const DAY_MS = 24 * 3_600_000;
/** Of a principal's id. */
const KEY_PREFIX = "key_";
/** `lastUsedAt` is written at most this often per key. */
const TOUCH_MS = 60_000;
const MAX_TOUCHED = 10_000;

export interface ApiKeysOptions {
  readonly store: Pick<Store, "apiKeys" | "audit">;
  readonly members: Members;
  /** 32 bytes, kept outside the database: a stolen table of hashes is no table of keys. */
  readonly pepper: Uint8Array;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** The API keys of `Auth`. */
export class ApiKeys {
  readonly #options: ApiKeysOptions;
  readonly #touched = new Map<string, number>();
  readonly #keys: RecentReads<ApiKeyRecord | undefined>;

  constructor(options: ApiKeysOptions) {
    this.#options = options;
    this.#keys = new RecentReads(options.now);
  }

  /** Undefined for what is no valid key. */
  async authenticate(credential: string, remoteAddress: string | undefined): Promise<Principal | undefined> {
    const parsed = parseApiKey(credential);
    const record = parsed === undefined ? undefined : await this.#find(parsed.keyId);
    if (parsed === undefined || record === undefined) return undefined;
    if (!sameHash(record.secretHash, hashSecret(this.#options.pepper, parsed.secret))) return undefined;
    if (record.cidrs !== undefined && !isWithin(record.cidrs, remoteAddress)) return undefined;
    this.#touch(record.keyId);
    return await this.#principal(record);
  }

  /** By a principal's id. With `remoteAddress`, its networks count too. */
  async principalOf(
    principalId: string,
    from?: { readonly remoteAddress: string | undefined },
  ): Promise<Principal | undefined> {
    if (!isKeyPrincipal(principalId)) return undefined;
    const record = await this.#find(principalId.slice(KEY_PREFIX.length));
    if (record === undefined) return undefined;
    if (from !== undefined && record.cidrs !== undefined && !isWithin(record.cidrs, from.remoteAddress))
      return undefined;
    return await this.#principal(record);
  }

  async create(principal: Principal, request: NewKey): Promise<CreatedKey> {
    authorize(principal, "key.manage");
    assertKeyRequest(request);
    const own = isKeyPrincipal(principal.id) ? await this.#find(principal.id.slice(KEY_PREFIX.length)) : undefined;
    assertWithin(principal, request, own ?? {});
    const { store, pepper, now, randomBytes } = this.#options;
    const { keyId, secret, key } = createApiKey(randomBytes);
    const createdAt = now();
    const lastMs = own?.expiresAt === undefined ? Infinity : Date.parse(own.expiresAt);
    const expiresMs = createdAt.getTime() + (request.expiresInDays ?? DEFAULT_EXPIRY_DAYS) * DAY_MS;
    const createdBy = principal.kind === "user" ? principal.id : own?.createdBy;
    const cidrs = request.cidrs ?? own?.cidrs;
    const record: ApiKeyRecord = {
      orgId: principal.orgId,
      keyId,
      secretHash: hashSecret(pepper, secret),
      name: request.name,
      scopes: request.scopes,
      createdAt: createdAt.toISOString(),
      expiresAt: new Date(Math.min(expiresMs, lastMs)).toISOString(),
      ...(createdBy === undefined ? {} : { createdBy }),
      ...(request.agents === undefined ? {} : { agents: request.agents }),
      ...(cidrs === undefined ? {} : { cidrs }),
    };
    await this.#audited(principal, "key.create", keyId, async () => await store.apiKeys.insert(record));
    return { record, secret: key };
  }

  async list(principal: Principal): Promise<readonly ApiKeyRecord[]> {
    authorize(principal, "key.manage");
    return await this.#options.store.apiKeys.list(principal.orgId);
  }

  async revoke(principal: Principal, keyId: string): Promise<void> {
    authorize(principal, "key.manage");
    const { store, now } = this.#options;
    const known = await store.apiKeys.find(keyId);
    if (known?.orgId !== principal.orgId || known.revokedAt !== undefined) throw keyNotFound();
    await this.#audited(principal, "key.revoke", keyId, async () => {
      const revoked = await store.apiKeys.revoke(principal.orgId, keyId, now().toISOString());
      this.#keys.forget(keyId);
      if (!revoked) throw keyNotFound();
    });
  }

  async #find(keyId: string): Promise<ApiKeyRecord | undefined> {
    return await this.#keys.read(keyId, async () => await this.#options.store.apiKeys.find(keyId));
  }

  /** What the key says, as far as whoever made it may still do that. */
  async #principal(record: ApiKeyRecord): Promise<Principal | undefined> {
    if (!this.#isCurrent(record)) return undefined;
    const { orgId, keyId, name, createdBy, agents } = record;
    const creator = createdBy === undefined ? undefined : await this.#options.members.active(orgId, createdBy);
    if (createdBy !== undefined && creator === undefined) return undefined;
    const most = creator === undefined ? undefined : { scopes: ROLES[creator.membership.role] };
    const scopes = most === undefined ? record.scopes : record.scopes.filter((scope) => hasScope(most, scope));
    return {
      kind: "api_key",
      id: `${KEY_PREFIX}${keyId}`,
      orgId,
      scopes,
      name,
      authn: { scheme: "api_key" },
      ...(createdBy === undefined ? {} : { createdBy }),
      ...(agents === undefined ? {} : { agents }),
    };
  }

  #isCurrent({ revokedAt, expiresAt }: ApiKeyRecord): boolean {
    if (revokedAt !== undefined) return false;
    return expiresAt === undefined || Date.parse(expiresAt) > this.#options.now().getTime();
  }

  #touch(keyId: string): void {
    const { store, now } = this.#options;
    const at = now();
    if (at.getTime() - (this.#touched.get(keyId) ?? 0) < TOUCH_MS) return;
    if (this.#touched.size >= MAX_TOUCHED) this.#touched.clear();
    this.#touched.set(keyId, at.getTime());
    // Best effort by contract: a call does not fail because its key's last use could not be noted.
    store.apiKeys.touch(keyId, at.toISOString()).catch(() => undefined);
  }

  async #audited<T>({ orgId, id }: Principal, action: string, resource: string, act: () => Promise<T>): Promise<T> {
    const { store, now } = this.#options;
    const entry = { orgId, at: now().toISOString(), actor: id, action, resource, outcome: "ok" } as const;
    return await audited(store.audit, entry, act);
  }
}

function keyNotFound(): PlatformError {
  return new PlatformError("KEY_NOT_FOUND", "There is no valid key with this id.");
}

export function isKeyPrincipal(principalId: string): boolean {
  return principalId.startsWith(KEY_PREFIX);
}
