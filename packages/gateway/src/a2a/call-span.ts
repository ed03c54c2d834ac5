import type { Message } from "@berth/protocol";
import { A2A, HTTP, traceOfMetadata } from "@berth/telemetry";
import { beginSpan } from "../edge/request-span.ts";
import type { AnyCall } from "./operations.ts";

/**
 * The span of an A2A call, by whatever binding it came: named by its method (semantic-conventions-genai#195). Reading a
 * task, or following one, is worth none. Which agent and task it is of is said once the caller is known to see them.
 */
export function beginCallSpan({ edge, exchange, version = "1.0" }: AnyCall, method: string, message?: Message): void {
  // Attacker-controlled, as the header is, which goes before it.
  const fallback = traceOfMetadata(message?.metadata);
  beginSpan(exchange, edge, {
    name: method,
    attributes: {
      [A2A.method]: method,
      [A2A.protocolVersion]: version,
      ...(exchange.method === "GRPC" ? { "rpc.system": "grpc" } : { [HTTP.method]: exchange.method }),
      ...(message === undefined ? {} : { [A2A.messageId]: message.messageId.slice(0, MAX_ID) }),
    },
    ...(fallback === undefined ? {} : { fallback }),
  });
}

const MAX_ID = 256;
