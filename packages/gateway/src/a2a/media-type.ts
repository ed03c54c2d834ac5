import type { Exchange } from "../edge/exchange.ts";

const A2A_JSON = "application/a2a+json";

/**
 * The JSON media type of an HTTP+JSON answer: that of the request's body; without one, what the caller accepts. So both
 * readings of the specification get what they expect (1.0.0 says application/json, 1.0.1 application/a2a+json).
 */
export function restMediaType(exchange: Exchange): string {
  const sent = exchange.header("content-type");
  if (sent !== undefined) return sent.toLowerCase().startsWith(A2A_JSON) ? A2A_JSON : "application/json";
  const accepted = exchange.header("accept");
  return accepted?.toLowerCase().includes(A2A_JSON) === true ? A2A_JSON : "application/json";
}
