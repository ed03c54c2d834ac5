import { createHash, timingSafeEqual } from "node:crypto";
import { PlatformError, ROLES, hasScope, invalidParams, isId } from "@berth/protocol";
import type { IdGenerator, OrgRole, Principal } from "@berth/protocol";
import type { OAuthRecord, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import { RecentReads } from "../recent-reads.ts";
import type { CreatedOAuthClient, NewOAuthClient, OAuthClient, OAuthClients } from "./oauth.ts";
import { toClientRules } from "./parse-new-client.ts";

/** Apart from those that register themselves, so that they can be listed. */
const KIND = "KnownClient";
const MAX_CLIENTS = 1_000;
const MOST = 10_000;

export interface KnownClientsOptions {
  readonly store: Pick<Store, "oauth" | "audit">;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly randomBytes: (length: number) => Uint8Array;
}

/** The clients that administrators have made known. Of a secret only the hash is kept. */
export class KnownClients implements OAuthClients {
  readonly #options: KnownClientsOptions;
  readonly #known: RecentReads<OAuthRecord | undefined>;

  constructor(options: KnownClientsOptions) {
    this.#options = options;
    this.#known = new RecentReads(options.now);
  }

  async list(principal: Principal): Promise<readonly OAuthClient[]> {
    authorize(principal, "client.manage");
    const records = await this.#options.store.oauth.list(KIND, MOST);
    return records.map(toClient).filter(({ orgId }) => orgId === principal.orgId);
  }

  async add(principal: Principal, request: NewOAuthClient): Promise<CreatedOAuthClient> {
    authorize(principal, "client.manage");
    const rules = toClientRules(request);
    if (rules.role !== undefined) assertMayGive(principal, rules.role);
    const { store, ids, now, randomBytes } = this.#options;
    if ((await this.list(principal)).length >= MAX_CLIENTS) {
      throw invalidParams([{ field: "name", description: `there are ${MAX_CLIENTS} clients already` }]);
    }
    const client = { ...rules, clientId: ids("client"), orgId: principal.orgId, createdAt: now().toISOString() };
    const secret = rules.kind === "public" ? undefined : Buffer.from(randomBytes(32)).toString("base64url");
    await this.#audited(principal, "client.add", client.clientId, async () => {
      await store.oauth.upsert({
        kind: KIND,
        id: client.clientId,
        payload: { ...client, ...(secret === undefined ? {} : { secretHash: hash(secret) }) },
      });
    });
    this.#known.forget(client.clientId);
    return { client, ...(secret === undefined ? {} : { secret }) };
  }

  async remove(principal: Principal, clientId: string): Promise<void> {
    authorize(principal, "client.manage");
    const client = await this.find(clientId);
    if (client?.orgId !== principal.orgId)
      throw new PlatformError("CLIENT_NOT_FOUND", "There is no client with this id.");
    await this.#audited(principal, "client.remove", clientId, async () => {
      await this.#options.store.oauth.remove(KIND, clientId);
    });
    this.#known.forget(clientId);
  }

  async find(clientId: string): Promise<OAuthClient | undefined> {
    const record = await this.#find(clientId);
    return record === undefined ? undefined : toClient(record);
  }

  async isSecretOf({ clientId }: OAuthClient, secret: string): Promise<boolean> {
    const kept = (await this.#find(clientId))?.payload["secretHash"];
    return typeof kept === "string" && timingSafeEqual(Buffer.from(kept), Buffer.from(hash(secret)));
  }

  async #find(clientId: string): Promise<OAuthRecord | undefined> {
    if (!isId("client", clientId)) return undefined;
    return await this.#known.read(clientId, async () => await this.#options.store.oauth.find(KIND, clientId));
  }

  async #audited<T>({ orgId, id }: Principal, action: string, resource: string, act: () => Promise<T>): Promise<T> {
    const { store, now } = this.#options;
    const entry = { orgId, at: now().toISOString(), actor: id, action, resource, outcome: "ok" } as const;
    return await audited(store.audit, entry, act);
  }
}

/** Nobody makes a client that may do more than themselves. @throws PERMISSION_DENIED */
function assertMayGive(principal: Principal, role: OrgRole): void {
  if (role === "owner") authorize(principal, "owner.manage");
  if (ROLES[role].every((scope) => hasScope(principal, scope))) return;
  throw new PlatformError("PERMISSION_DENIED", `You cannot give the role "${role}".`);
}

function toClient({ payload }: OAuthRecord): OAuthClient {
  const { secretHash: _hash, ...client } = payload;
  // `add` is who writes these.
  return client as unknown as OAuthClient;
}

/** 256 random bits need no slow hash. */
function hash(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
