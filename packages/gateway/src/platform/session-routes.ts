import { invalidParams } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { authenticate, hasExplicitCredential } from "../edge/authenticate.ts";
import type { Exchange } from "../edge/exchange.ts";
import { assertNotCrossOrigin } from "../edge/origin.ts";
import { readJson } from "../edge/read-body.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { clearedCookie, readSession, sessionCookie } from "../edge/session-cookie.ts";

/** Signing a browser in and out. Both must come from our own page, or a stranger's page could sign somebody in as itself. */
export function sessionRoutes(edge: Edge): readonly PlatformRoute[] {
  const { auth } = edge.control;
  return [
    {
      method: "POST",
      path: "/v1/sessions",
      policy: "none",
      summary: "Trade a sign-in code or an API key for the session cookie",
      body: "application/json",
      handle: async (exchange) => {
        assertNotCrossOrigin(exchange);
        const { session, principal } = await openSession(edge, exchange);
        const secure = edge.baseUrl().startsWith("https:");
        const { kind, id, orgId, scopes } = principal;
        sendJson(
          exchange,
          { kind, id, orgId, scopes },
          { headers: { "Set-Cookie": sessionCookie(session, { secure }) } },
        );
      },
    },
    {
      method: "DELETE",
      path: "/v1/sessions",
      policy: "none",
      summary: "End the session",
      status: 204,
      handle: (exchange) => {
        assertNotCrossOrigin(exchange);
        const session = readSession(exchange.header("cookie"));
        if (session !== undefined) auth.endSession(session);
        sendEmpty(exchange, { headers: { "Set-Cookie": clearedCookie() } });
      },
    },
  ];
}

interface OpenedSession {
  readonly session: string;
  readonly principal: Principal;
}

/** A credential in the header, else `{"code"}` or `{"key"}` in the body. @throws UNAUTHENTICATED, INVALID_PARAMS */
async function openSession(edge: Edge, exchange: Exchange): Promise<OpenedSession> {
  const { auth } = edge.control;
  const openFor = (principal: Principal): OpenedSession => ({ session: auth.openSession(principal), principal });
  if (hasExplicitCredential(exchange)) return openFor(await authenticate(exchange, auth, "key"));
  const { code, key } = parseSignIn(await readJson(exchange, edge.limits));
  return code === undefined ? openFor(await auth.authenticate(key)) : auth.redeemSignIn(code);
}

type SignIn = { readonly code: string; readonly key?: never } | { readonly code?: never; readonly key: string };

function parseSignIn(body: unknown): SignIn {
  if (typeof body === "object" && body !== null) {
    if ("code" in body && isSecret(body.code)) return { code: body.code };
    if ("key" in body && isSecret(body.key)) return { key: body.key };
  }
  throw invalidParams([{ field: "code", description: "must be the code that `a2a up` printed, or `key` an API key" }]);
}

function isSecret(value: unknown): value is string {
  return typeof value === "string" && value.length > 0 && value.length <= 512;
}
