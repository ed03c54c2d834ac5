import { invalidParams } from "@berth/protocol";
import { MAX_QUERY_LENGTH, parseQuery } from "@berth/telemetry";
import type { Query } from "@berth/telemetry";
import type { Exchange } from "../edge/exchange.ts";
import type { QueryDoc } from "../edge/routes.ts";

export const Q: QueryDoc = {
  name: "q",
  description: "Such as `level:error agent:planner -noise since:15m`; see the reference of telemetry. Default: all.",
};
export const LIMIT: QueryDoc = { name: "limit", description: "1 to 1,000, default 100.", type: "integer" };
export const BEFORE: QueryDoc = { name: "before", description: "From the page before: its `next`." };

const FAR_US = Number.MAX_SAFE_INTEGER;

/** @throws INVALID_PARAMS which says where and what was meant. */
export function queryOf(exchange: Exchange): Query {
  return parsedQuery(exchange.query.get("q") ?? "");
}

/** The same of a query that comes another way. */
export function parsedQuery(text: string): Query {
  if (text.length > MAX_QUERY_LENGTH) {
    throw invalidParams([{ field: "q", description: `must be at most ${MAX_QUERY_LENGTH} characters` }]);
  }
  return parseQuery(text, { nowUs: Date.now() * 1_000 });
}

export function limitOf(exchange: Exchange): number {
  return exchange.integer("limit", { min: 1, max: 1_000 }) ?? 100;
}

/** Places of one page in spans, as `<startUs>-<spanId>`. @throws INVALID_PARAMS */
export function spanPlaceOf(exchange: Exchange): { readonly before?: SpanPlace } {
  const text = exchange.query.get("before");
  if (text === null || text === "") return {};
  const [, startUs = "", spanId = ""] = /^(\d{1,16})-([0-9a-f]{16})$/.exec(text) ?? [];
  if (spanId === "") throw invalidParams([{ field: "before", description: "must be the `next` of another page" }]);
  return { before: { startUs: Number(startUs), spanId } };
}

export interface SpanPlace {
  readonly startUs: number;
  readonly spanId: string;
}

/** Of a page that is full there may be another one. */
export function nextSpanPlace(page: readonly SpanPlace[], limit: number): { readonly next?: string } {
  const last = page.at(-1);
  return last === undefined || page.length < limit ? {} : { next: `${last.startUs}-${last.spanId}` };
}

/** `from` and `to` in microseconds since 1970; default: the last hour. @throws INVALID_PARAMS */
export function rangeOf(exchange: Exchange): { readonly fromUs: number; readonly toUs: number } {
  const toUs = exchange.integer("to", { min: 0, max: FAR_US }) ?? Date.now() * 1_000;
  const fromUs = exchange.integer("from", { min: 0, max: FAR_US }) ?? Math.max(0, toUs - 3_600_000_000);
  if (fromUs < toUs) return { fromUs, toUs };
  throw invalidParams([{ field: "from", description: "must be before `to`" }]);
}

export const RANGE_QUERY: readonly QueryDoc[] = [
  { name: "from", description: "Microseconds since 1970; default: an hour before `to`.", type: "integer" },
  { name: "to", description: "Microseconds since 1970; default: now.", type: "integer" },
];
