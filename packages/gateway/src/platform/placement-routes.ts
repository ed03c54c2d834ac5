import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { toPlatformError } from "../edge/render-error.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { errorEvent } from "../rest/error-event.ts";
import { choiceParameter, textParameter } from "./page.ts";
import { toPlacementJson } from "./target-json.ts";

const RELEASE = { name: "release", description: "Default: the active one." };
const DEFAULT_SINCE_MS = 60 * 60_000;
/** The last that JavaScript's dates know. */
const MAX_INSTANT = 8.64e15;

/** Agents that run on a target. */
export function placementRoutes(edge: Edge): readonly PlatformRoute[] {
  const { targets } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/agents/{name}/placements",
      policy: "target.read",
      summary: "The releases of an agent that are on targets, newest first",
      handle: async (exchange) => {
        const found = await targets.placements(exchange.principal, exchange.param("name"));
        sendJson(exchange, { placements: found.map(toPlacementJson) });
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/placement",
      policy: "target.read",
      summary: "Where a release runs and how it is, as its target says now",
      query: [RELEASE],
      handle: async (exchange) => {
        const { placed, status } = await targets.status(exchange.principal, wantedIn(exchange));
        sendJson(exchange, { ...toPlacementJson(placed), status });
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/placement/logs",
      policy: "target.read",
      summary: "What a release printed, as its target has it: one `log` per line, then `done`",
      query: [
        RELEASE,
        { name: "since", description: "Milliseconds since 1970; default: an hour ago.", type: "integer" },
        { name: "follow", description: "true: also what it prints from now on." },
      ],
      answers: "text/event-stream",
      stream: true,
      handle: async (exchange) => {
        const since = exchange.integer("since", { min: 0, max: MAX_INSTANT }) ?? Date.now() - DEFAULT_SINCE_MS;
        const follow = choiceParameter(exchange, "follow", ["true", "false"]) === "true";
        await sendLines(edge, exchange, { ...wantedIn(exchange), since, follow });
      },
    },
  ];
}

function wantedIn(exchange: Exchange): { readonly agent: string; readonly release?: string } {
  const release = textParameter(exchange, "release");
  return { agent: exchange.param("name"), ...(release === undefined ? {} : { release }) };
}

/** What cannot be read at all is an ordinary refusal; what breaks later is an event. */
async function sendLines(
  edge: Edge,
  exchange: Exchange,
  wanted: Parameters<Edge["control"]["targets"]["logs"]>[1],
): Promise<void> {
  edge.streams.assertRoom();
  const gone = new AbortController();
  const lines = await edge.control.targets.logs(exchange.principal, wanted, gone.signal);
  const stream = edge.streams.open(exchange);
  const { signal } = stream;
  signal.addEventListener("abort", () => gone.abort(signal.reason), { once: true });
  if (signal.aborted) gone.abort(signal.reason);
  try {
    for await (const line of lines) {
      stream.send({ event: "log", data: JSON.stringify(line) });
    }
    stream.send({ event: "done", data: "{}" });
  } catch (thrown) {
    if (!signal.aborted) stream.send(errorEvent(toPlatformError(thrown, exchange, edge.log), exchange));
  } finally {
    stream.end();
  }
}
