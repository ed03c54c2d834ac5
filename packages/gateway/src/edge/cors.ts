import type { Exchange } from "./exchange.ts";
import type { Hosts } from "./hosts.ts";

const ALLOWED =
  "authorization, content-type, accept, last-event-id, berth-release, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, mcp-param-*";
const EXPOSED = "WWW-Authenticate, Mcp-Session-Id";
/** Nothing here rests on a cookie, and everybody may know it. */
const OPEN = /^\/(?:\.well-known\/(?:oauth-|openid-)|oauth\/(?:token(?:\/|$)|reg$|jwks$|device\/auth$|\.well-known\/))/;

/**
 * What pages of other origins may do from a browser (research note mcp §5.10): find the authorization server and get a
 * token there; and call MCP servers when the page is one of ours, which `assertOwnOrigin` demands anyway. Never with
 * cookies. The console's routes get nothing.
 */
export function allowOrigins(exchange: Exchange, hosts: Hosts): void {
  const { res, path, method } = exchange;
  const origin = exchange.header("origin");
  if (origin === undefined) return;
  const isOpen = OPEN.test(path) || path.includes("/.well-known/oauth-protected-resource");
  const isMcp = path === "/mcp" || path.endsWith("/mcp");
  if (!isOpen && !(isMcp && hosts.isOwnOrigin(origin))) return;
  res.setHeader("Access-Control-Allow-Origin", isOpen ? "*" : origin);
  if (!isOpen) res.setHeader("Vary", "Origin");
  res.setHeader("Access-Control-Expose-Headers", EXPOSED);
  if (method !== "OPTIONS") return;
  res.setHeader("Access-Control-Allow-Methods", "GET, POST");
  res.setHeader("Access-Control-Allow-Headers", ALLOWED);
  res.setHeader("Access-Control-Max-Age", "3600");
}
