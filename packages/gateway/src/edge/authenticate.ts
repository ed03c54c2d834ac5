import { acrossAgents } from "@berth/control";
import { ACTIONS, PlatformError, isAcrossAgents, isAllowed } from "@berth/protocol";
import type { Authentication, Principal } from "@berth/protocol";
import { audiencesOf } from "./audiences.ts";
import type { Edge } from "./edge.ts";
import type { CallExchange, Exchange } from "./exchange.ts";
import { readAppSession, toAppPlace } from "./app-cookies.ts";
import type { AgentTarget, Policy } from "./routes.ts";
import { transportOf } from "./host-cookie.ts";
import { readSession } from "./session-cookie.ts";
import { shownCredential } from "./shown-credential.ts";
import type { ShownCredential } from "./shown-credential.ts";

/** What it takes to know somebody. */
export type Authenticators = Pick<Edge, "control" | "oauth" | "baseUrl" | "domain">;

/**
 * Who calls, by this route's policy. A credential that is there and wrong is refused even where none is needed: its
 * owner wants to know. Nothing else in a request says who somebody is. @throws UNAUTHENTICATED, PERMISSION_DENIED
 */
export async function authenticate(
  exchange: Exchange,
  edge: Authenticators,
  policy: Policy,
  agent?: AgentTarget,
): Promise<Principal> {
  const { auth } = edge.control;
  if (policy === "none") return auth.anonymous();
  const principal = (await ownToken(exchange)) ?? (await knownCaller(exchange, edge, agent));
  if (principal === undefined && policy === "anyone") {
    return auth.anonymous({ local: isLocal(exchange, exchange.req.socket.remoteAddress) });
  }
  if (policy === "anyone" && principal !== undefined) return principal;
  if (principal === undefined || principal.kind === "anonymous") throw missing();
  if (policy === "key" || policy === "anyone" || isAllowed(principal, policy)) return principal;
  // Known all the same: the audit log says who was refused.
  exchange.principal = principal;
  if (principal.agents !== undefined && isAcrossAgents(policy)) throw acrossAgents(policy);
  throw new PlatformError(
    "PERMISSION_DENIED",
    `This needs the scope ${ACTIONS[policy].map((scope) => `"${scope}"`).join(" or ")}.`,
    {
      hint: "Use a key that has it; an admin can create one.",
    },
  );
}

/** Of the route's own kind. */
async function ownToken(exchange: Exchange): Promise<Principal | undefined> {
  const { readToken } = exchange;
  if (readToken === undefined) return undefined;
  const token = /^bearer +(\S+) *$/i.exec(exchange.header("authorization") ?? "")?.[1];
  return token === undefined ? undefined : await readToken(token, exchange);
}

/**
 * By what is shown, else by the console's cookie, which agents' own hosts never accept, or by an app's, which only its
 * agent's host accepts, else by the certificate.
 */
async function knownCaller(
  exchange: Exchange,
  edge: Authenticators,
  agent: AgentTarget | undefined,
): Promise<Principal | undefined> {
  const shown = await shownCaller(exchange, edge, agent);
  if (shown !== undefined) return shown;
  const { auth, appSessions } = edge.control;
  const cookies = exchange.header("cookie");
  if (exchange.target.agent === undefined) exchange.session = readSession(cookies, transportOf(edge));
  else if (agent !== undefined) {
    exchange.session = readAppSession(cookies, transportOf(edge));
    if (exchange.session !== undefined) {
      return await appSessions.authenticate(exchange.session, toAppPlace(agent), exchange);
    }
  }
  if (exchange.session !== undefined) {
    return { ...(await auth.authenticate(exchange.session, exchange)), authn: { scheme: "session" } };
  }
  const { clientCertificate } = exchange;
  return clientCertificate === undefined
    ? undefined
    : await edge.control.identity.authenticateCertificate(clientCertificate);
}

/** Undefined when the request shows no credential by itself. @throws UNAUTHENTICATED */
export async function shownCaller(
  exchange: CallExchange,
  edge: Authenticators,
  agent: AgentTarget | undefined,
): Promise<Principal | undefined> {
  const shown = shownCredential(exchange);
  if (shown === undefined) return undefined;
  if (shown.kind === "token") return await tokenCaller(shown.value, exchange, edge, agent);
  const principal = await edge.control.auth.authenticate(shown.value, exchange);
  // A session's token may be shown as any other; a session it stays.
  return principal.authn?.scheme === "session" ? principal : { ...principal, authn: howShown(shown) };
}

function howShown({ kind }: ShownCredential): Authentication {
  return { scheme: kind === "api_key" || kind === "basic" ? kind : "bearer" };
}

async function tokenCaller(
  token: string,
  { clientCertificate, remoteAddress }: CallExchange,
  edge: Authenticators,
  agent: AgentTarget | undefined,
): Promise<Principal> {
  const { identity } = edge.control;
  const context = {
    audiences: audiencesOf(edge, agent),
    remoteAddress,
    ...(clientCertificate === undefined ? {} : { certificate: clientCertificate }),
  };
  if (edge.oauth !== undefined && identity.claimedIssuer(token) === edge.oauth.issuer()) {
    return await edge.oauth.authenticate(token, context);
  }
  return await identity.authenticateToken(token, context);
}

/** From this machine itself. A proxy on it also connects from here, but says for whom. */
export function isLocal(exchange: Pick<CallExchange, "header">, address = ""): boolean {
  if (exchange.header("x-forwarded-for") !== undefined || exchange.header("forwarded") !== undefined) return false;
  return address === "::1" || /^(?:::ffff:)?127\./.test(address);
}

function missing(): PlatformError {
  return new PlatformError("UNAUTHENTICATED", "This needs a credential.", {
    hint: "Send Authorization: Bearer <API key>; `a2a up` prints the first one.",
  });
}
