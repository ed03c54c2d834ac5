import { createHmac, timingSafeEqual } from "node:crypto";
import { PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { covers } from "./registry-challenge.ts";
import type { ScopeEntry } from "./token-scope.ts";

/** docker's own default is a minute; a large layer takes longer, and clients ask anew only between requests. */
export const TOKEN_SECONDS = 300;
const PREFIX = "berth_registry.";
const MAX_LENGTH = 8 * 1024;

interface Claims {
  readonly principal: string;
  readonly org: string;
  /** Seconds since 1970. */
  readonly exp: number;
  readonly access: readonly ScopeEntry[];
}

/**
 * Short-lived tokens that say who asked and for what. They carry no rights of their own: whoever shows one has what the
 * key has now, and of that only what the token was asked for.
 */
export class RegistryTokens {
  readonly #edge: Pick<Edge, "control" | "secret">;
  readonly #accessOf = new WeakMap<Exchange, readonly ScopeEntry[]>();

  constructor(edge: Pick<Edge, "control" | "secret">) {
    this.#edge = edge;
  }

  issue({ id, orgId }: Principal, access: readonly ScopeEntry[], nowMs: number): string {
    const claims: Claims = { principal: id, org: orgId, exp: Math.floor(nowMs / 1_000) + TOKEN_SECONDS, access };
    const payload = Buffer.from(JSON.stringify(claims)).toString("base64url");
    return `${PREFIX}${payload}.${this.#seal(payload)}`;
  }

  /** Undefined when it is none of these. @throws UNAUTHENTICATED */
  async read(token: string, exchange: Exchange, nowMs: number): Promise<Principal | undefined> {
    if (!token.startsWith(PREFIX)) return undefined;
    const { principal, org, exp, access } = this.#open(token);
    if (exp * 1_000 <= nowMs) throw invalid();
    this.#accessOf.set(exchange, access);
    const from = { remoteAddress: exchange.remoteAddress };
    return { ...(await this.#edge.control.auth.principalOf(principal, org, from)), authn: { scheme: "bearer" } };
  }

  /** Of the token that the request showed; undefined: it showed another credential. */
  accessOf(exchange: Exchange): readonly ScopeEntry[] | undefined {
    return this.#accessOf.get(exchange);
  }

  /** Also of where a blob is mounted from the token must be good for reading. */
  mayMount(exchange: Exchange, from: string | null): boolean {
    const access = this.accessOf(exchange);
    return access === undefined || (from !== null && covers(access, from, "pull"));
  }

  #open(token: string): Claims {
    const [payload = "", seal = ""] = token.length > MAX_LENGTH ? [] : token.slice(PREFIX.length).split(".");
    const [given, expected] = [Buffer.from(seal), Buffer.from(this.#seal(payload))];
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) throw invalid();
    // Its seal is ours, so `issue` has made it.
    return JSON.parse(Buffer.from(payload, "base64url").toString("utf8")) as Claims;
  }

  #seal(payload: string): string {
    return createHmac("sha256", this.#edge.secret).update(`registry-token ${payload}`).digest("base64url");
  }
}

function invalid(): PlatformError {
  return new PlatformError("UNAUTHENTICATED", "The registry token is not valid, or has expired.", {
    hint: "Ask for a new one at /v2/token.",
  });
}
