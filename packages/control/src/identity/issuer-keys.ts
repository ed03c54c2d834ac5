import { importJWK } from "jose";
import type { CryptoKey, JWK } from "jose";
import { parseStrictJson } from "@berth/ledger";
import type { OutboundHttp } from "@berth/runtime";
import { isObject } from "./strict-jwt.ts";

const MAX_BYTES = 64 * 1024;
const TIMEOUT_MS = 5_000;
const MAX_KEYS = 100;
/** How long a set serves before it is read again. */
const FRESH_MS = 10 * 60_000;
/** A key id nobody knows makes us look again, but no stranger makes us look more often than this. */
const LOOK_AGAIN_MS = 30_000;
/** While an issuer is out, its last good set serves; a day later its keys may have been withdrawn. */
const LAST_GOOD_MS = 24 * 3_600_000;
const MAX_ISSUERS = 1_000;

export interface KeySource {
  readonly issuer: string;
  /** Default: what the issuer's discovery document says. */
  readonly jwksUri?: string;
}

export interface WantedKey {
  readonly alg: string;
  readonly kid?: string;
}

export interface IssuerKeysOptions {
  readonly outbound: Pick<OutboundHttp, "request">;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

interface KeySet {
  readonly keys: readonly JWK[];
  readonly readAt: number;
}

/** The public keys of other issuers: read only from addresses that an administrator has named, never from a token. */
export class IssuerKeys {
  readonly #options: IssuerKeysOptions;
  readonly #sets = new Map<string, KeySet>();
  /** When we last tried, in vain or not. */
  readonly #tried = new Map<string, number>();
  readonly #reading = new Map<string, Promise<void>>();

  constructor(options: IssuerKeysOptions) {
    this.#options = options;
  }

  /** Undefined when the issuer has no such key, or cannot be asked. */
  async find(source: KeySource, wanted: WantedKey): Promise<CryptoKey | undefined> {
    const id = `${source.issuer} ${source.jwksUri ?? ""}`;
    const age = (): number => this.#now() - (this.#sets.get(id)?.readAt ?? 0);
    if (age() > FRESH_MS) await this.#refresh(id, source);
    let jwk = pick(this.#usable(id), wanted);
    if (jwk === undefined) {
      await this.#refresh(id, source);
      jwk = pick(this.#usable(id), wanted);
    }
    return jwk === undefined ? undefined : await importPublic(jwk, wanted.alg);
  }

  #usable(id: string): readonly JWK[] {
    const set = this.#sets.get(id);
    return set === undefined || this.#now() - set.readAt > LAST_GOOD_MS ? [] : set.keys;
  }

  /** At most one look at a time, and one in `LOOK_AGAIN_MS`. */
  async #refresh(id: string, source: KeySource): Promise<void> {
    const underWay = this.#reading.get(id);
    if (underWay !== undefined) return await underWay;
    if (this.#now() - (this.#tried.get(id) ?? -Infinity) < LOOK_AGAIN_MS) return;
    if (this.#tried.size >= MAX_ISSUERS) this.#forgetAll();
    this.#tried.set(id, this.#now());
    const reading = this.#read(id, source).finally(() => this.#reading.delete(id));
    this.#reading.set(id, reading);
    await reading;
  }

  async #read(id: string, source: KeySource): Promise<void> {
    try {
      const uri = source.jwksUri ?? (await this.#discover(source.issuer));
      const { keys } = await this.#getJson(uri);
      if (!Array.isArray(keys)) throw new Error("it has no list `keys`");
      const usable = keys.slice(0, MAX_KEYS).filter(isPublicJwk);
      this.#sets.set(id, { keys: usable, readAt: this.#now() });
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      this.#options.log?.(`the keys of the issuer ${source.issuer} could not be read: ${why}`);
    }
  }

  /** OpenID Connect Discovery 1.0 §4.3: the document must be the issuer's own. */
  async #discover(issuer: string): Promise<string> {
    const document = await this.#getJson(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
    if (document["issuer"] !== issuer) throw new Error("its discovery document names another issuer");
    const uri = document["jwks_uri"];
    if (typeof uri !== "string") throw new Error("its discovery document has no jwks_uri");
    return uri;
  }

  async #getJson(url: string): Promise<{ readonly [name: string]: unknown }> {
    const answer = await this.#options.outbound.request({
      method: "GET",
      url,
      headers: { accept: "application/json" },
      timeoutMs: TIMEOUT_MS,
      maxBytes: MAX_BYTES,
    });
    // A redirect is an answer like any other, and not a good one.
    if (answer.status !== 200) throw new Error(`${url} answered ${answer.status}`);
    if (answer.truncated) throw new Error(`${url} answered more than ${MAX_BYTES} bytes`);
    const value = parseStrictJson(answer.body.toString("utf8"));
    if (!isObject(value)) throw new Error(`${url} is not a JSON object`);
    return value as { readonly [name: string]: unknown }; // it is an object
  }

  #forgetAll(): void {
    this.#tried.clear();
    this.#sets.clear();
  }

  #now(): number {
    return this.#options.now().getTime();
  }
}

/** Keys that only check. A set with a private or a shared key in it is a mistake that must not become a way in. */
function isPublicJwk(value: unknown): value is JWK {
  if (!isObject(value) || "d" in value || "k" in value || !("kty" in value)) return false;
  return value.kty === "RSA" || value.kty === "EC" || value.kty === "OKP";
}

/** Attacker-controlled: `kid` is compared and nothing else. Without one, the key must be the only candidate. */
function pick(keys: readonly JWK[], { alg, kid }: WantedKey): JWK | undefined {
  const fitting = keys.filter(
    (key) =>
      fits(key, alg) &&
      (key.use === undefined || key.use === "sig") &&
      (key.alg === undefined || key.alg === alg) &&
      (key.key_ops === undefined || key.key_ops.includes("verify")) &&
      (kid === undefined || key.kid === kid),
  );
  return fitting.length === 1 ? fitting[0] : undefined;
}

const CURVES: { readonly [alg: string]: string } = {
  ES256: "P-256",
  ES384: "P-384",
  ES512: "P-521",
  EdDSA: "Ed25519",
  Ed25519: "Ed25519",
};

function fits({ kty, crv }: JWK, alg: string): boolean {
  if (/^[RP]S(?:256|384|512)$/.test(alg)) return kty === "RSA";
  return CURVES[alg] !== undefined && crv === CURVES[alg] && kty === (alg.startsWith("ES") ? "EC" : "OKP");
}

async function importPublic(jwk: JWK, alg: string): Promise<CryptoKey | undefined> {
  try {
    const key = await importJWK(jwk, alg);
    return key instanceof Uint8Array ? undefined : key;
  } catch {
    return undefined;
  }
}
