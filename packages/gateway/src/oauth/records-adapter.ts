import { createHash } from "node:crypto";
import type { OAuth } from "@berth/control";
import type { JsonObject } from "@berth/protocol";
import type { Adapter, AdapterPayload } from "oidc-provider";
import { knownClientMetadata } from "./client-metadata.ts";

/** Whoever has the id of one of these has what it stands for: only a hash is kept. */
const BEARERS: ReadonlySet<string> = new Set([
  "AccessToken",
  "AuthorizationCode",
  "ClientCredentials",
  "RefreshToken",
  "RegistrationAccessToken",
]);
/** A client that has registered itself and that nobody has allowed anything yet is forgotten after this. */
const UNUSED_CLIENT_MS = 24 * 3_600_000;

export interface RecordsAdapterOptions {
  readonly oauth: Pick<OAuth, "records" | "findClient">;
  /** What is thrown when somebody else was faster. */
  readonly usedBefore: () => Error;
  readonly now: () => Date;
}

/** Secrets are 190 bits and more, and need no slow hash. */
export function keptSecret(secret: string): string {
  return `sha256:${createHash("sha256").update(secret).digest("base64url")}`;
}

/** The library's records of one kind, in the platform's store. */
export class RecordsAdapter implements Adapter {
  readonly #kind: string;
  readonly #options: RecordsAdapterOptions;

  constructor(kind: string, options: RecordsAdapterOptions) {
    this.#kind = kind;
    this.#options = options;
  }

  async upsert(id: string, payload: AdapterPayload, expiresIn?: number): Promise<void> {
    const { jti, ...rest } = payload;
    const secret = this.#kind === "Client" ? payload.client_secret : undefined;
    // The library makes its payloads of JSON's values.
    const kept = {
      ...rest,
      ...(this.#isBearer || jti === undefined ? {} : { jti }),
      ...(typeof secret === "string" ? { client_secret: keptSecret(secret) } : {}),
    } as JsonObject;
    const { grantId, userCode, uid, clientId } = payload;
    const seconds = expiresIn ?? (this.#kind === "Client" ? UNUSED_CLIENT_MS / 1_000 : undefined);
    await this.#records.upsert({
      kind: this.#kind,
      id: this.#keyOf(id),
      payload: kept,
      ...(typeof grantId === "string" ? { grantId } : {}),
      ...(typeof userCode === "string" ? { userCode } : {}),
      ...(typeof uid === "string" ? { uid } : {}),
      ...(seconds === undefined ? {} : { expiresAt: new Date(this.#now + seconds * 1_000).toISOString() }),
    });
    if (this.#kind === "Grant" && typeof clientId === "string") await this.#keepClient(clientId);
  }

  async find(id: string): Promise<AdapterPayload | undefined> {
    const known = this.#kind === "Client" ? await this.#options.oauth.findClient(id) : undefined;
    if (known !== undefined) return knownClientMetadata(known);
    const record = await this.#records.find(this.#kind, this.#keyOf(id));
    return record === undefined ? undefined : this.#toPayload(record, this.#isBearer ? id : undefined);
  }

  async findByUserCode(userCode: string): Promise<AdapterPayload | undefined> {
    const record = await this.#records.findByUserCode(this.#kind, userCode);
    return record === undefined ? undefined : this.#toPayload(record);
  }

  async findByUid(uid: string): Promise<AdapterPayload | undefined> {
    const record = await this.#records.findByUid(this.#kind, uid);
    return record === undefined ? undefined : this.#toPayload(record);
  }

  /** The library looks first and consumes then; of two that looked at once, one gets through. */
  async consume(id: string): Promise<void> {
    const won = await this.#records.consume(this.#kind, this.#keyOf(id), new Date(this.#now).toISOString());
    if (!won) throw this.#options.usedBefore();
  }

  async destroy(id: string): Promise<void> {
    await this.#records.remove(this.#kind, this.#keyOf(id));
  }

  async revokeByGrantId(grantId: string): Promise<void> {
    await this.#records.removeByGrantId(grantId);
    await this.#records.remove("Grant", grantId);
  }

  #toPayload(
    { payload, consumedAt }: { readonly payload: JsonObject; readonly consumedAt?: string },
    jti?: string,
  ): AdapterPayload {
    return {
      ...payload,
      ...(jti === undefined ? {} : { jti }),
      ...(consumedAt === undefined ? {} : { consumed: Math.floor(Date.parse(consumedAt) / 1_000) }),
    };
  }

  async #keepClient(clientId: string): Promise<void> {
    const client = await this.#records.find("Client", clientId);
    if (client?.expiresAt === undefined) return;
    const { expiresAt: _before, ...kept } = client;
    await this.#records.upsert(kept);
  }

  #keyOf(id: string): string {
    return this.#isBearer ? createHash("sha256").update(id).digest("base64url") : id;
  }

  get #isBearer(): boolean {
    return BEARERS.has(this.#kind);
  }

  get #records(): OAuth["records"] {
    return this.#options.oauth.records;
  }

  get #now(): number {
    return this.#options.now().getTime();
  }
}
