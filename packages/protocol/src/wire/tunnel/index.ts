/** The protocol of attached agents: requests in both directions over one WebSocket (docs/reference/attached-agents.md). */
export { ExchangeEnded } from "./exchange.ts";
export { TUNNEL_LIMITS, TUNNEL_SUBPROTOCOL, TUNNEL_VERSION, TunnelViolation } from "./frames.ts";
export type { LinkFrame, TunnelHeaders, TunnelLogLine } from "./frames.ts";
export { Tunnel } from "./tunnel.ts";
export type { TunnelRequest, TunnelResponse } from "./tunnel.ts";
