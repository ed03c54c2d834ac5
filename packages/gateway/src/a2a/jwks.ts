import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendCached } from "../edge/respond.ts";
import { JWKS_PATH } from "./published-cards.ts";

/** Public keys by which cards and webhook deliveries are verified: the same on the platform and on every agent's host. */
export function jwksRoute({ control }: Edge): {
  readonly method: "GET";
  readonly path: string;
  readonly policy: "none";
  readonly summary: string;
  readonly answers: string;
  handle(exchange: Exchange): void;
} {
  return {
    method: "GET",
    path: JWKS_PATH,
    policy: "none",
    summary: "The public keys that verify cards and webhooks (RFC 7517)",
    answers: "application/jwk-set+json",
    handle: (exchange) =>
      sendCached(exchange, JSON.stringify(control.cards.jwks()), {
        contentType: "application/jwk-set+json",
        cacheControl: "public, max-age=300",
      }),
  };
}
