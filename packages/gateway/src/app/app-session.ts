import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendJson } from "../edge/respond.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { toAppPlace } from "../edge/app-cookies.ts";
import { APP_HEADERS } from "./app-headers.ts";
import { assertOwnHost } from "./serve-app.ts";

/** Who the app is used by, and what they may do here. */
export async function sendAppSession(edge: Edge, exchange: Exchange, target: AgentTarget): Promise<void> {
  assertOwnHost(exchange);
  const { principal, session } = exchange;
  const { auth, appSessions } = edge.control;
  const { kind, id, name, orgId, scopes } = principal;
  const own = (await auth.memberships(principal)).find((each) => each.orgId === orgId);
  const expiresAt = session === undefined ? undefined : await appSessions.expiresAt(session, toAppPlace(target));
  const body = {
    user: { kind, id, name: name ?? null },
    organization: { id: orgId, name: own?.name ?? orgId },
    agent: target.name,
    scopes,
    expiresAt: expiresAt ?? null,
  };
  sendJson(exchange, body, { headers: APP_HEADERS });
}
