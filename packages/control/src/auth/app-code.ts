import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";

/** What a one-time code says; it is signed, not kept. */
export interface AppCode {
  readonly agent: string;
  readonly release: string | undefined;
  readonly challenge: string;
  readonly to: string;
  /** Hash of the console's session token: no credential. */
  readonly parentHash: string;
  readonly nonce: string;
  /** Milliseconds since 1970. */
  readonly expiresAt: number;
}

const MAX_CODE = 6_000;

/** Codes need no place to lie, so nobody fills one by asking for many. */
export class AppCodes {
  readonly #key: Uint8Array;

  constructor(pepper: Uint8Array) {
    this.#key = new Uint8Array(hkdfSync("sha256", pepper, "", "berth app code v1", 32));
  }

  write({ agent, release, challenge, to, parentHash, nonce, expiresAt }: AppCode): string {
    const fields = [agent, release ?? null, challenge, to, parentHash, nonce, expiresAt];
    const body = Buffer.from(JSON.stringify(fields), "utf8").toString("base64url");
    return `${body}.${this.#sign(body).toString("base64url")}`;
  }

  /** Undefined for everything that was not written here, letter for letter. */
  read(code: string): AppCode | undefined {
    const [, body = "", signature = ""] = /^([\w-]+)\.([\w-]{43})$/.exec(code.slice(0, MAX_CODE + 1)) ?? [];
    const given = Buffer.from(signature, "base64url");
    if (given.toString("base64url") !== signature || !timingSafeEqual(pad(given), this.#sign(body))) return undefined;
    // Signed here, so it is what `write` made.
    const fields = JSON.parse(Buffer.from(body, "base64url").toString("utf8")) as Fields;
    const [agent, release, challenge, to, parentHash, nonce, expiresAt] = fields;
    return { agent, release: release ?? undefined, challenge, to, parentHash, nonce, expiresAt };
  }

  #sign(body: string): Buffer {
    return createHmac("sha256", this.#key).update(body).digest();
  }
}

type Fields = readonly [string, string | null, string, string, string, string, number];

/** To the length of a signature: `timingSafeEqual` throws for another one. */
function pad(bytes: Buffer): Buffer {
  return bytes.length === 32 ? bytes : Buffer.alloc(32);
}
