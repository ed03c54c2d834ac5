import type { Auth } from "@berth/control";
import { PlatformError, hasScope } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { CallExchange, Exchange } from "./exchange.ts";
import type { Policy } from "./routes.ts";
import { readSession } from "./session-cookie.ts";

const MAX_CREDENTIAL = 1_024;

/**
 * Who calls, by this route's policy. A credential that is there and wrong is refused even where none is needed: its
 * owner wants to know. Nothing else in a request says who somebody is. @throws UNAUTHENTICATED, PERMISSION_DENIED
 */
export async function authenticate(exchange: Exchange, auth: Auth, policy: Policy): Promise<Principal> {
  if (policy === "none") return auth.anonymous();
  const credential = credentialOf(exchange);
  if (credential === undefined && policy === "anyone") {
    return auth.anonymous({ local: isLocal(exchange, exchange.req.socket.remoteAddress) });
  }
  const principal = credential === undefined ? auth.anonymous() : await auth.authenticate(credential);
  if (policy === "anyone") return principal;
  if (principal.kind === "anonymous") throw missing();
  if (policy === "key" || policy.some((scope) => hasScope(principal, scope))) return principal;
  throw new PlatformError(
    "PERMISSION_DENIED",
    `This needs the scope ${policy.map((scope) => `"${scope}"`).join(" or ")}.`,
    {
      hint: "Use a key that has it; an admin can create one.",
    },
  );
}

/** Whether the request shows a credential by itself, not by the browser's cookie. */
export function hasExplicitCredential(exchange: Exchange): boolean {
  return exchange.header("authorization") !== undefined || exchange.header("x-api-key") !== undefined;
}

/** What is shown by itself, else the console's cookie, which agents' own hosts never accept. */
function credentialOf(exchange: Exchange): string | undefined {
  const explicit = explicitCredential(exchange);
  if (explicit !== undefined) return explicit;
  if (exchange.target.agent !== undefined) return undefined;
  exchange.session = readSession(exchange.header("cookie"));
  return exchange.session === undefined ? undefined : usable(exchange.session);
}

/** Authorization first, then X-API-Key. @throws UNAUTHENTICATED for what cannot be one */
export function explicitCredential(exchange: Pick<CallExchange, "header">): string | undefined {
  const authorization = exchange.header("authorization");
  if (authorization !== undefined) {
    const match = /^bearer +(\S+) *$/i.exec(authorization);
    return usable(match?.[1]);
  }
  const key = exchange.header("x-api-key");
  return key === undefined ? undefined : usable(key.trim());
}

/** From this machine itself. A proxy on it also connects from here, but says for whom. */
export function isLocal(exchange: Pick<CallExchange, "header">, address = ""): boolean {
  if (exchange.header("x-forwarded-for") !== undefined || exchange.header("forwarded") !== undefined) return false;
  return address === "::1" || /^(?:::ffff:)?127\./.test(address);
}

function usable(credential: string | undefined): string {
  if (credential !== undefined && credential !== "" && credential.length <= MAX_CREDENTIAL) return credential;
  throw new PlatformError("UNAUTHENTICATED", "The credential is not valid.", {
    hint: "Send Authorization: Bearer <API key>.",
  });
}

function missing(): PlatformError {
  return new PlatformError("UNAUTHENTICATED", "This needs a credential.", {
    hint: "Send Authorization: Bearer <API key>; `a2a up` prints the first one.",
  });
}
