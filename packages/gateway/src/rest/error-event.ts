import type { PlatformError } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";
import type { SseEvent } from "../edge/sse-stream.ts";

/** How a stream outside A2A says that it broke. */
export function errorEvent({ reason, message }: PlatformError, { requestId }: Exchange): SseEvent {
  return { event: "error", data: JSON.stringify({ reason, detail: message, requestId }) };
}
