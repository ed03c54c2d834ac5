import { PlatformError } from "@berth/protocol";
import type { Exchange } from "./exchange.ts";
import type { Hosts } from "./hosts.ts";

/**
 * A browser sends the cookie along whoever wrote the page, and agents' pages count as the same site. So what changes
 * something and rests on the cookie must come from a page of the very same origin. @throws ORIGIN_NOT_ALLOWED
 */
export function assertSameOrigin(exchange: Exchange): void {
  const origin = exchange.header("origin");
  const site = exchange.header("sec-fetch-site");
  if (origin === undefined ? site === "same-origin" : origin.toLowerCase() === exchange.target.origin) return;
  throw refused(origin);
}

/** For reading with an app's cookie: a page of the very same origin, or the person by hand. @throws ORIGIN_NOT_ALLOWED */
export function assertOwnPage(exchange: Exchange): void {
  const origin = exchange.header("origin");
  const site = exchange.header("sec-fetch-site") ?? "none";
  const isOwn = origin === undefined || origin.toLowerCase() === exchange.target.origin;
  if (!isOwn || (site !== "same-origin" && site !== "none")) throw refused(origin);
}

/** The same for what rests on no cookie but sets one: only a browser can be misled, and a browser says where it is. */
export function assertNotCrossOrigin(exchange: Exchange): void {
  const saysNothing = exchange.header("origin") === undefined && exchange.header("sec-fetch-site") === undefined;
  if (!saysNothing) assertSameOrigin(exchange);
}

/**
 * A page elsewhere may send a POST without a body and without asking. It could not read the answer, but a public agent
 * on this machine would have run. @throws ORIGIN_NOT_ALLOWED
 */
export function assertNotForeignPage(exchange: Exchange): void {
  if (exchange.header("sec-fetch-site") === "cross-site") throw refused(exchange.header("origin"));
}

/**
 * A browser opens a WebSocket to anywhere and sends the cookie along, without asking (cross-site WebSocket hijacking):
 * what rests on the cookie or a certificate must come from a page of the very same origin, anything else from one of ours
 * or from no page. @throws ORIGIN_NOT_ALLOWED
 */
export function assertSocketOrigin(exchange: Exchange, hosts: Hosts): void {
  if (exchange.session !== undefined) assertSameOrigin(exchange);
  else if (exchange.caller?.authn?.scheme === "mtls") assertNotCrossOrigin(exchange);
  else assertOwnOrigin(exchange, hosts);
}

/** MCP: a page elsewhere must not drive a server on this machine (MCP transports, security warning). @throws ORIGIN_NOT_ALLOWED */
export function assertOwnOrigin(exchange: Exchange, hosts: Hosts): void {
  const origin = exchange.header("origin");
  if (origin !== undefined && !hosts.isOwnOrigin(origin)) throw refused(origin);
}

function refused(origin: string | undefined): PlatformError {
  const said = origin === undefined ? "without an Origin" : `with the Origin "${origin.slice(0, 100)}"`;
  return new PlatformError("ORIGIN_NOT_ALLOWED", `A request ${said} is not accepted here.`, {
    hint: "Use an API key instead of the browser's session.",
  });
}
