import { PlatformError, invalidParams } from "@berth/protocol";
import type { OpenedSession, SignInContext } from "@berth/control";
import type { Edge } from "../edge/edge.ts";
import { authenticate } from "../edge/authenticate.ts";
import type { Exchange } from "../edge/exchange.ts";
import { assertNotCrossOrigin } from "../edge/origin.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { transportOf } from "../edge/host-cookie.ts";
import { clearedCookie, readSession, sessionCookie } from "../edge/session-cookie.ts";
import { hasExplicitCredential } from "../edge/shown-credential.ts";
import { isText, membersOf } from "./body.ts";
import type { SessionView } from "./records.ts";

const MAX_SECRET = 512;

/** Signing a browser in and out. Both must come from our own page, or a stranger's page could sign somebody in as itself. */
export function sessionRoutes(edge: Edge): readonly PlatformRoute[] {
  const { auth } = edge.control;
  return [
    {
      method: "POST",
      path: "/v1/sessions",
      policy: "none",
      rate: "sign_in",
      summary: "Trade a sign-in code, email and password, or an API key for the session cookie",
      body: "application/json",
      handle: async (exchange) => {
        assertNotCrossOrigin(exchange);
        sendOpened(edge, exchange, await openSession(edge, exchange));
      },
    },
    {
      method: "DELETE",
      path: "/v1/sessions",
      policy: "none",
      summary: "End the session",
      status: 204,
      handle: async (exchange) => {
        assertNotCrossOrigin(exchange);
        const session = readSession(exchange.header("cookie"), transportOf(edge));
        if (session !== undefined) await auth.endSession(session);
        sendEmpty(exchange, { headers: { "Set-Cookie": clearedCookie(transportOf(edge)) } });
      },
    },
    {
      method: "GET",
      path: "/v1/sessions",
      policy: "key",
      summary: "The caller's sessions, newest first",
      handle: async (exchange) =>
        sendJson(exchange, { sessions: (await auth.listSessions(exchange.principal)).map(toSessionJson) }),
    },
    {
      method: "DELETE",
      path: "/v1/sessions/{id}",
      policy: "key",
      summary: "End one of the caller's sessions",
      status: 204,
      handle: async (exchange) => {
        await auth.endSessionById(exchange.principal, exchange.param("id"));
        sendEmpty(exchange);
      },
    },
    {
      method: "POST",
      path: "/v1/sessions/organization",
      policy: "key",
      summary: "Go on in another of one's organizations, with a new session cookie",
      body: "application/json",
      handle: async (exchange) => {
        const { orgId } = membersOf(await readJson(exchange, edge.limits));
        if (!isText(orgId, MAX_SECRET)) throw invalidParams([{ field: "orgId", description: "must be text" }]);
        const { session } = exchange;
        if (session === undefined) {
          throw new PlatformError("PERMISSION_DENIED", "Only a browser's session has an organization to change.", {
            hint: "API keys belong to one organization.",
          });
        }
        sendOpened(edge, exchange, await auth.switchOrganization(session, orgId, contextOf(edge, exchange)));
      },
    },
    {
      method: "POST",
      path: "/v1/password",
      policy: "key",
      summary: "Set one's password; every session but a new one ends",
      body: "application/json",
      handle: async (exchange) => {
        const { current, password } = membersOf(await readJson(exchange, edge.limits));
        if (!isText(password, MAX_SECRET) || (current !== undefined && !isText(current, MAX_SECRET))) {
          throw invalidParams([{ field: "password", description: "must be text" }]);
        }
        sendOpened(
          edge,
          exchange,
          await auth.setPassword(exchange.principal, { current, password }, contextOf(edge, exchange)),
        );
      },
    },
  ];
}

/** A credential in the header, else `{"code"}`, `{"email","password"}` or `{"key"}` in the body. @throws UNAUTHENTICATED, INVALID_PARAMS */
async function openSession(edge: Edge, exchange: Exchange): Promise<OpenedSession> {
  const { auth } = edge.control;
  const context = contextOf(edge, exchange);
  if (hasExplicitCredential(exchange)) {
    return await auth.openSession(await authenticate(exchange, edge, "key"), context);
  }
  const { code, email, password, key } = membersOf(await readJson(exchange, edge.limits));
  if (isText(email, MAX_SECRET) && isText(password, MAX_SECRET)) return await auth.signIn({ email, password }, context);
  if (isText(code, MAX_SECRET) && (password === undefined || isText(password, MAX_SECRET))) {
    return await auth.redeemSignIn(code, { ...context, password });
  }
  if (isText(key, MAX_SECRET)) return await auth.openSession(await auth.authenticate(key, exchange), context);
  throw invalidParams([
    { field: "code", description: "must be a sign-in code; or send `email` and `password`, or `key` with an API key" },
  ]);
}

function contextOf(edge: Edge, exchange: Exchange): SignInContext {
  return {
    remoteAddress: exchange.remoteAddress,
    userAgent: exchange.header("user-agent"),
    previous: readSession(exchange.header("cookie"), transportOf(edge)),
  };
}

function sendOpened(edge: Edge, exchange: Exchange, { session, principal }: OpenedSession): void {
  const { kind, id, orgId, scopes } = principal;
  sendJson(
    exchange,
    { kind, id, orgId, scopes },
    { headers: { "Set-Cookie": sessionCookie(session, transportOf(edge)) } },
  );
}

function toSessionJson({ sessionId, orgId, createdAt, lastUsedAt, expiresAt, userAgent, app }: SessionView): object {
  const where = { app: app?.agent ?? null };
  return { id: sessionId, orgId, createdAt, lastUsedAt, expiresAt, userAgent: userAgent ?? null, ...where };
}
