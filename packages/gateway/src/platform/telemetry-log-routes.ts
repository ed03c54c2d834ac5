import { invalidParams } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { choiceParameter } from "./page.ts";
import { downloadLogs } from "./log-download.ts";
import { LIMIT, Q, RANGE_QUERY, limitOf, queryOf, rangeOf } from "./telemetry-query.ts";

const ORDERS = ["newest", "oldest"] as const;
const FACETS = ["agent", "level", "source", "instance", "service"] as const;
const MAX_ID = Number.MAX_SAFE_INTEGER;

/** Log lines of all agents and of the platform, that there are for whoever asks. */
export function telemetryLogRoutes(edge: Edge): readonly PlatformRoute[] {
  const { telemetry } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/logs",
      policy: "telemetry.read",
      summary: "Log lines; with Accept: application/x-ndjson as a download, a line each",
      query: [
        Q,
        LIMIT,
        { name: "order", description: "newest (default) or oldest first." },
        { name: "before", description: "Only lines before this id, newest first.", type: "integer" },
        { name: "after", description: "Only lines after this id, oldest first.", type: "integer" },
      ],
      handle: async (exchange) => {
        if (exchange.header("accept")?.includes("application/x-ndjson") === true)
          return await downloadLogs(edge, exchange);
        const page = { limit: limitOf(exchange), ...placeOf(exchange) };
        const logs = await telemetry.searchLogs(exchange.principal, queryOf(exchange), page);
        const last = logs.at(-1);
        sendJson(exchange, { logs, ...(last === undefined || logs.length < page.limit ? {} : { next: last.id }) });
      },
    },
    {
      method: "GET",
      path: "/v1/logs/histogram",
      policy: "telemetry.read",
      summary: "How many lines of each level there are in each of some equal spans of time",
      query: [Q, ...RANGE_QUERY, { name: "buckets", description: "1 to 240, default 60.", type: "integer" }],
      handle: async (exchange) => {
        const buckets = exchange.integer("buckets", { min: 1, max: 240 }) ?? 60;
        const range = { ...rangeOf(exchange), buckets };
        sendJson(exchange, { buckets: await telemetry.logHistogram(exchange.principal, queryOf(exchange), range) });
      },
    },
    {
      method: "GET",
      path: "/v1/logs/facets",
      policy: "telemetry.read",
      summary: "The values of a field with how often they occur, most frequent first",
      query: [Q, { name: "field", description: `${FACETS.join(", ")}.` }, LIMIT],
      handle: async (exchange) => {
        const field = choiceParameter(exchange, "field", FACETS);
        if (field === undefined) {
          throw invalidParams([{ field: "field", description: `must be one of ${FACETS.join(", ")}` }]);
        }
        const query = queryOf(exchange);
        sendJson(exchange, { values: await telemetry.logFacet(exchange.principal, query, field, limitOf(exchange)) });
      },
    },
    {
      method: "GET",
      path: "/v1/logs/{id}/context",
      policy: "telemetry.read",
      summary: "The lines of the same instance around one, oldest first",
      query: [
        { name: "before", description: "0 to 500, default 50.", type: "integer" },
        { name: "after", description: "0 to 500, default 50.", type: "integer" },
      ],
      handle: async (exchange) => {
        const count = (name: string): number => exchange.integer(name, { min: 0, max: 500 }) ?? 50;
        const around = { before: count("before"), after: count("after") };
        sendJson(exchange, { logs: await telemetry.logContext(exchange.principal, idOf(exchange), around) });
      },
    },
  ];
}

/** What has no line has no context either: an id that is none finds nothing. */
function idOf(exchange: Exchange): number {
  const text = exchange.param("id");
  const id = /^\d{1,16}$/.test(text) ? Number(text) : 0;
  return Number.isSafeInteger(id) ? id : 0;
}

/** @throws INVALID_PARAMS */
function placeOf(exchange: Exchange): {
  readonly order: (typeof ORDERS)[number];
  readonly beforeId?: number;
  readonly afterId?: number;
} {
  const beforeId = exchange.integer("before", { min: 0, max: MAX_ID });
  const afterId = exchange.integer("after", { min: 0, max: MAX_ID });
  const order = choiceParameter(exchange, "order", ORDERS) ?? (afterId === undefined ? "newest" : "oldest");
  if (order === "newest" ? afterId !== undefined : beforeId !== undefined) {
    const description = order === "newest" ? "goes with order=oldest" : "goes with order=newest";
    throw invalidParams([{ field: order === "newest" ? "after" : "before", description }]);
  }
  return {
    order,
    ...(beforeId === undefined ? {} : { beforeId }),
    ...(afterId === undefined ? {} : { afterId }),
  };
}
