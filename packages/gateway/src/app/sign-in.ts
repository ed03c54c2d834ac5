import { createHash, randomBytes } from "node:crypto";
import { isAppPath } from "@berth/control";
import { PlatformError, isPlatformError } from "@berth/protocol";
import {
  appSession,
  appStart,
  clearedAppSession,
  clearedAppStart,
  readAppSession,
  readAppStart,
  toAppPlace,
} from "../edge/app-cookies.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { assertSameOrigin } from "../edge/origin.ts";
import { hostAddress, readPreviewName } from "../edge/preview-name.ts";
import { send, sendEmpty } from "../edge/respond.ts";
import type { AgentTarget } from "../edge/routes.ts";
import { transportOf } from "../edge/host-cookie.ts";
import { readSession } from "../edge/session-cookie.ts";
import { pageHeaders, html, page } from "../oauth/html.ts";
import { isText } from "../platform/body.ts";

export const START_PATH = "/v1/app-sessions/start";

/** 1. At the agent: the browser gets what it must show again in the end, and goes to where the console's cookie is. */
export function startSignIn(edge: Edge, exchange: Exchange, target: AgentTarget, to: string): void {
  const transport = transportOf(edge);
  // Kept while it is there: two tabs may be on their way at once.
  const verifier = readAppStart(exchange.header("cookie"), transport) ?? randomBytes(32).toString("base64url");
  const url = new URL(START_PATH, edge.baseUrl());
  url.searchParams.set("agent", exchange.target.agent ?? target.name);
  url.searchParams.set("to", isAppPath(to) ? to : "/app/");
  url.searchParams.set("challenge", createHash("sha256").update(verifier).digest("base64url"));
  redirect(exchange, url.href, [appStart(verifier, transport)]);
}

/** 2. At the platform: who is signed in there gets a code; who is not signs in first, and comes back here. */
export async function continueSignIn(edge: Edge, exchange: Exchange): Promise<void> {
  assertOpenedByHand(exchange);
  const { query } = exchange;
  const [host, to, challenge] = [query.get("agent"), query.get("to"), query.get("challenge")];
  if (!isText(host, 100) || !isText(to, 2_000) || !isText(challenge, 100)) {
    throw new PlatformError("INVALID_PARAMS", "This address is not whole.", { hint: "Open the agent's /app again." });
  }
  const place = readPreviewName(host);
  const session = readSession(exchange.header("cookie"), transportOf(edge));
  try {
    if (session === undefined) return redirect(exchange, signInAddress(exchange));
    const request = { agent: place.name, release: place.release, challenge, to };
    const code = await edge.control.appSessions.createCode(session, request, exchange);
    const url = new URL("/auth/callback", hostAddress(edge, place));
    url.searchParams.set("code", code);
    redirect(exchange, url.href);
  } catch (error) {
    if (!isPlatformError(error) || error.reason !== "UNAUTHENTICATED") throw error;
    redirect(exchange, signInAddress(exchange));
  }
}

/** The console's form goes on to `continue` once somebody is signed in; it follows nothing but this very path. */
function signInAddress({ path, query }: Exchange): string {
  return `/?${new URLSearchParams({ continue: `${path}?${query.toString()}` }).toString()}`;
}

/** 3. At the agent again: the code, by the browser that asked for it, is worth a session. */
export async function finishSignIn(edge: Edge, exchange: Exchange, target: AgentTarget): Promise<void> {
  assertOpenedByHand(exchange);
  const transport = transportOf(edge);
  const place = toAppPlace(target);
  const cookies = exchange.header("cookie");
  const code = exchange.query.get("code") ?? "";
  const context = { remoteAddress: exchange.remoteAddress, userAgent: exchange.header("user-agent") };
  try {
    const verifier = readAppStart(cookies, transport) ?? "";
    const previous = readAppSession(cookies, transport);
    const opened = await edge.control.appSessions.redeem(code, { ...place, verifier }, context);
    if (previous !== undefined) await edge.control.appSessions.end(previous, place);
    redirect(exchange, opened.to, [appSession(opened.session, transport), clearedAppStart(transport)]);
  } catch (error) {
    if (!isPlatformError(error) || error.reason !== "UNAUTHENTICATED") throw error;
    const body = page(
      "Begin again",
      html`<p>This address was used before, is too old, or belongs to another browser.</p>
        <p><a href="/app/">Open the app</a></p>`,
    );
    send(exchange, body, { status: 400, headers: pageHeaders() });
  }
}

export async function signOut(edge: Edge, exchange: Exchange, target: AgentTarget): Promise<void> {
  assertSameOrigin(exchange);
  const transport = transportOf(edge);
  const session = readAppSession(exchange.header("cookie"), transport);
  if (session !== undefined) await edge.control.appSessions.end(session, toAppPlace(target));
  sendEmpty(exchange, { headers: { "Set-Cookie": clearedAppSession(transport) } });
}

/** Not what a page loads behind a person's back. @throws ORIGIN_NOT_ALLOWED */
function assertOpenedByHand(exchange: Exchange): void {
  const dest = exchange.header("sec-fetch-dest");
  if (dest === undefined || dest === "document") return;
  throw new PlatformError("ORIGIN_NOT_ALLOWED", "This address is opened in a window, not loaded by a page.");
}

function redirect(exchange: Exchange, location: string, cookies: readonly string[] = []): void {
  sendEmpty(exchange, {
    status: 302,
    headers: {
      Location: location,
      "Referrer-Policy": "no-referrer",
      ...(cookies.length === 0 ? {} : { "Set-Cookie": [...cookies] }),
    },
  });
}
