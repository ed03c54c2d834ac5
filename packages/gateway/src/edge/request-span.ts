import type { PlatformError, Principal, TraceHeaders } from "@berth/protocol";
import { ERROR_TYPE, HTTP, parseTraceparent, traceHeaders } from "@berth/telemetry";
import type { Attributes, AttributeValue, OpenSpan, SpanLink, TraceContext } from "@berth/telemetry";
import type { Edge } from "./edge.ts";
import { HTTP_STATUS } from "./http-status.ts";

/** What a request's span is called, and what is known of it before it begins. */
export interface SpanDescription {
  readonly name: string;
  readonly attributes?: Attributes;
  /** Where the protocol itself says what it belongs to: it goes before the header. */
  readonly parent?: TraceContext;
  /** Where the body says so: only when the header does not. */
  readonly fallback?: TraceContext;
}

/** What it takes to begin one, whatever carries the request. */
interface Spanned {
  readonly principal: Principal;
  readonly startedUs: number;
  span: RequestSpan | undefined;
  header(name: string): string | undefined;
}

/** The SERVER span of one request, from its first byte to its last. */
export class RequestSpan {
  readonly #span: OpenSpan;
  #failure: string | undefined;

  constructor(span: OpenSpan) {
    this.#span = span;
  }

  /** What is done in its name belongs below it. */
  get headers(): TraceHeaders {
    return traceHeaders(this.#span.context);
  }

  set(key: string, value: AttributeValue): void {
    this.#span.set(key, value);
  }

  /** The error that is answered. What the caller did wrong is no failure of ours (semantic conventions, HTTP server). */
  refused(error: PlatformError): void {
    this.#span.set(ERROR_TYPE, error.reason);
    if (HTTP_STATUS[error.reason] >= 500) this.#failure = error.message;
  }

  end(statusCode?: number): void {
    if (statusCode !== undefined) this.#span.set(HTTP.status, statusCode);
    this.#span.end(this.#failure === undefined ? {} : { status: "error", message: this.#failure });
  }
}

/**
 * Begins the span of a request, once. Callers with a credential may say what it belongs to (W3C Trace Context); what
 * anybody says is a link, for a stranger has no place in a trace of the organization's (§ "Privacy and security
 * considerations"). Whether they sample is theirs to know, and what we keep is not theirs to decide. Their baggage is not
 * looked at.
 */
export function beginSpan(exchange: Spanned, { control }: Pick<Edge, "control">, description: SpanDescription): void {
  if (exchange.span !== undefined) return;
  const header = exchange.header("traceparent");
  const ambient = header === undefined ? undefined : parseTraceparent(header, exchange.header("tracestate"));
  const said = [description.parent, ambient, description.fallback].flatMap((context) => context ?? []);
  const { orgId, kind } = exchange.principal;
  const parent = kind === "anonymous" ? undefined : said[0];
  // The HTTP request that carried it may belong to something else than what the body says.
  const linked = kind === "anonymous" ? said : said.filter((context) => context === ambient);
  const { name, attributes } = description;
  exchange.span = new RequestSpan(
    control.telemetry.tracer.start({
      orgId,
      name,
      kind: "server",
      startUs: exchange.startedUs,
      ...(attributes === undefined ? {} : { attributes }),
      ...(parent === undefined ? {} : { parent: { ...parent, sampled: true } }),
      ...linksTo(linked, parent),
    }),
  );
}

function linksTo(
  contexts: readonly TraceContext[],
  parent: TraceContext | undefined,
): { readonly links?: readonly SpanLink[] } {
  const others = contexts.filter(({ spanId }) => spanId !== parent?.spanId);
  const links = new Map(others.map(({ traceId, spanId }) => [`${traceId} ${spanId}`, { traceId, spanId }]));
  return links.size === 0 ? {} : { links: [...links.values()] };
}
