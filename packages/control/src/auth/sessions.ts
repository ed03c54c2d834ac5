import { createHash } from "node:crypto";
import { PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";

const SIGN_IN_MS = 15 * 60_000;
const IDLE_MS = 12 * 3_600_000;
const MOST_MS = 7 * 24 * 3_600_000;
const MAX_SESSIONS = 10_000;

interface Session {
  readonly principal: Principal;
  readonly createdAt: number;
  usedAt: number;
}

/** Browser sessions and the one-time codes that open them. In memory: a restart signs everybody out. Only hashes are kept. */
export class Sessions {
  readonly #codes = new Map<string, { readonly principal: Principal; readonly expiresAt: number }>();
  readonly #sessions = new Map<string, Session>();
  readonly #now: () => number;
  readonly #randomBytes: (length: number) => Uint8Array;

  constructor(options: { readonly now: () => number; readonly randomBytes: (length: number) => Uint8Array }) {
    this.#now = options.now;
    this.#randomBytes = options.randomBytes;
  }

  createCode(principal: Principal): string {
    this.#dropExpiredCodes();
    const code = this.#token(24);
    this.#codes.set(hash(code), { principal, expiresAt: this.#now() + SIGN_IN_MS });
    return code;
  }

  /** @throws UNAUTHENTICATED */
  redeem(code: string): { readonly session: string; readonly principal: Principal } {
    this.#dropExpiredCodes();
    const found = this.#codes.get(hash(code));
    if (found === undefined) {
      throw new PlatformError("UNAUTHENTICATED", "This sign-in code was used, has expired or never was.", {
        hint: "Restart the platform for a new one, or sign in with an API key.",
      });
    }
    this.#codes.delete(hash(code));
    return { session: this.open(found.principal), principal: found.principal };
  }

  open(principal: Principal): string {
    const oldest = this.#sessions.keys().next();
    if (this.#sessions.size >= MAX_SESSIONS && oldest.done !== true) this.#sessions.delete(oldest.value);
    const session = this.#token(32);
    this.#sessions.set(hash(session), { principal, createdAt: this.#now(), usedAt: this.#now() });
    return session;
  }

  find(session: string): Principal | undefined {
    const key = hash(session);
    const found = this.#sessions.get(key);
    if (found === undefined) return undefined;
    const now = this.#now();
    if (now - found.usedAt > IDLE_MS || now - found.createdAt > MOST_MS) {
      this.#sessions.delete(key);
      return undefined;
    }
    found.usedAt = now;
    return found.principal;
  }

  end(session: string): void {
    this.#sessions.delete(hash(session));
  }

  #dropExpiredCodes(): void {
    for (const [key, { expiresAt }] of this.#codes) if (expiresAt < this.#now()) this.#codes.delete(key);
  }

  #token(bytes: number): string {
    return Buffer.from(this.#randomBytes(bytes)).toString("base64url");
  }
}

function hash(secret: string): string {
  return createHash("sha256").update(secret).digest("base64url");
}
