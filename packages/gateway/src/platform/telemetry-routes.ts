import { invalidParams } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { textParameter } from "./page.ts";
import {
  BEFORE,
  LIMIT,
  Q,
  RANGE_QUERY,
  limitOf,
  nextSpanPlace,
  queryOf,
  rangeOf,
  spanPlaceOf,
} from "./telemetry-query.ts";

/** Traces, spans and metrics that there are for whoever asks. */
export function telemetryRoutes(edge: Edge): readonly PlatformRoute[] {
  return [...traceRoutes(edge), ...metricRoutes(edge)];
}

function traceRoutes({ control: { telemetry } }: Edge): readonly PlatformRoute[] {
  return [
    {
      method: "GET",
      path: "/v1/traces",
      policy: "telemetry.read",
      summary: "Traces that have a span which matches, newest first",
      query: [Q, LIMIT, BEFORE],
      handle: async (exchange) => {
        const limit = limitOf(exchange);
        const page = { limit, ...spanPlaceOf(exchange) };
        const traces = await telemetry.searchTraces(exchange.principal, queryOf(exchange), page);
        sendJson(exchange, { traces, ...nextSpanPlace(traces, limit) });
      },
    },
    {
      method: "GET",
      path: "/v1/traces/{id}",
      policy: "telemetry.read",
      summary: "All spans of one trace, by start",
      handle: async (exchange) => {
        sendJson(exchange, await telemetry.trace(exchange.principal, exchange.param("id").toLowerCase()));
      },
    },
    {
      method: "GET",
      path: "/v1/spans",
      policy: "telemetry.read",
      summary: "Spans, newest first",
      query: [Q, LIMIT, BEFORE],
      handle: async (exchange) => {
        const limit = limitOf(exchange);
        const page = { limit, ...spanPlaceOf(exchange) };
        const spans = await telemetry.searchSpans(exchange.principal, queryOf(exchange), page);
        sendJson(exchange, { spans, ...nextSpanPlace(spans, limit) });
      },
    },
    {
      method: "GET",
      path: "/v1/tasks/{id}/telemetry",
      policy: "key",
      summary: "All spans and log lines of one task, for whoever may see the task",
      handle: async (exchange) => {
        sendJson(exchange, await telemetry.ofTask(exchange.principal, exchange.param("id")));
      },
    },
  ];
}

function metricRoutes({ control: { telemetry } }: Edge): readonly PlatformRoute[] {
  return [
    {
      method: "GET",
      path: "/v1/metrics/names",
      policy: "telemetry.read",
      summary: "Metrics of the last day, by name and agent",
      handle: async (exchange) => sendJson(exchange, { metrics: await telemetry.metricNames(exchange.principal) }),
    },
    {
      method: "GET",
      path: "/v1/metrics/points",
      policy: "telemetry.read",
      summary: "The points of one metric, in time order",
      query: [
        { name: "name", description: "The metric's." },
        { name: "agent", description: "Only of this agent." },
        ...RANGE_QUERY,
        { name: "limit", description: "1 to 10,000, default 1,000.", type: "integer" },
      ],
      handle: async (exchange) => {
        const name = textParameter(exchange, "name");
        const agent = textParameter(exchange, "agent");
        if (name === undefined) throw invalidParams([{ field: "name", description: "must name a metric" }]);
        const limit = exchange.integer("limit", { min: 1, max: 10_000 }) ?? 1_000;
        const filter = { name, limit, ...rangeOf(exchange), ...(agent === undefined ? {} : { agent }) };
        sendJson(exchange, { points: await telemetry.metricPoints(exchange.principal, filter) });
      },
    },
    {
      method: "GET",
      path: "/v1/telemetry/usage",
      policy: "telemetry.read",
      summary: "What is kept takes up, and what was dropped",
      handle: async (exchange) => sendJson(exchange, await telemetry.usage(exchange.principal)),
    },
  ];
}
