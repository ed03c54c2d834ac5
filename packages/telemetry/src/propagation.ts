import type { JsonObject } from "@berth/protocol";
import type { TraceContext } from "./trace-context.ts";
import { formatTraceparent, parseTraceparent } from "./trace-context.ts";

/**
 * In a Message's metadata: `{ "traceparent": "00-…", "tracestate": "…" }`, for hops that have no headers, such as queued work, push
 * notifications and other transports (a2aproject/A2A#2026 proposes the like).
 */
export const TRACE_METADATA = "https://berth.dev/extensions/trace-context/v1";

export type TraceHeaders = { readonly traceparent: string; readonly tracestate?: string };

type Fields = Readonly<Record<string, unknown>>;

/**
 * Of a call that came in: its headers win, then its message's metadata. Undefined: a new trace begins. Baggage is not read: it may
 * hold what its sender's own organization meant for itself.
 */
export function traceOfCall(headers: Fields, metadata: unknown): TraceContext | undefined {
  return parseTraceparent(headers["traceparent"], headers["tracestate"]) ?? traceOfMetadata(metadata);
}

/** Of an A2A message's metadata. */
export function traceOfMetadata(metadata: unknown): TraceContext | undefined {
  return traceOfFields(fieldsOf(metadata)[TRACE_METADATA]);
}

/** Of the `_meta` of an MCP request, where the keys stand without a prefix (MCP 2026-07-28, SEP-414). */
export function traceOfMeta(meta: unknown): TraceContext | undefined {
  return traceOfFields(meta);
}

/** Metadata for the next hop: ours in the place of whatever was there. */
export function withTraceMetadata(metadata: JsonObject | undefined, context: TraceContext): JsonObject {
  return { ...metadata, [TRACE_METADATA]: { ...traceHeaders(context) } };
}

/** `_meta` for the next hop: our trace in the place of whatever was there, without baggage. */
export function withTraceMeta(meta: JsonObject | undefined, context: TraceContext): JsonObject {
  const { traceparent: _, tracestate: __, baggage: ___, ...rest } = meta ?? {};
  return { ...rest, ...traceHeaders(context) };
}

/** Headers for the next hop. */
export function traceHeaders(context: TraceContext): TraceHeaders {
  return {
    traceparent: formatTraceparent(context),
    ...(context.traceState === undefined ? {} : { tracestate: context.traceState }),
  };
}

function traceOfFields(value: unknown): TraceContext | undefined {
  const { traceparent, tracestate } = fieldsOf(value);
  return parseTraceparent(traceparent, tracestate);
}

function fieldsOf(value: unknown): Fields {
  // An object from JSON has no other keys than texts.
  return typeof value === "object" && value !== null ? (value as Fields) : {};
}
