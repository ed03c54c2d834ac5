import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";

type LogLine = ReturnType<Edge["control"]["runtime"]["logs"]>[number];

export function logRoutes(edge: Edge): readonly PlatformRoute[] {
  return [
    {
      method: "GET",
      path: "/v1/agents/{name}/logs",
      policy: "agent.inspect",
      summary: "What the agent printed; with Accept: text/event-stream also what it prints from now on",
      query: [{ name: "limit", description: "1 to 2,000, default 200.", type: "integer" }],
      handle: async (exchange) => {
        const { agent } = await edge.control.registry.find(exchange.principal, exchange.param("name"));
        const limit = exchange.integer("limit", { min: 1, max: 2_000 }) ?? 200;
        const wantsStream =
          exchange.header("accept")?.includes("text/event-stream") === true && exchange.method === "GET";
        if (wantsStream) followLogs(edge, exchange, agent.agentId, limit);
        else sendJson(exchange, { lines: edge.control.runtime.logs(agent.agentId, limit).map(toLineJson) });
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/wakes",
      policy: "agent.inspect",
      summary: "Who woke the agent and why: its last starts, newest first",
      query: [{ name: "limit", description: "1 to 100, default 20.", type: "integer" }],
      handle: async (exchange) => {
        const { agent } = await edge.control.registry.find(exchange.principal, exchange.param("name"));
        const limit = exchange.integer("limit", { min: 1, max: 100 }) ?? 20;
        sendJson(exchange, { wakes: edge.control.runtime.wakes(agent.agentId, limit).map(toWakeJson) });
      },
    },
  ];
}

/** Lines do not wait for a slow reader: it is cut when its buffer is full. */
function followLogs(edge: Edge, exchange: Exchange, agentId: string, limit: number): void {
  const { runtime } = edge.control;
  const stream = edge.streams.open(exchange);
  const write = (line: LogLine): void => {
    stream.send({ event: "log", data: JSON.stringify(toLineJson(line)) });
  };
  for (const line of runtime.logs(agentId, limit)) write(line);
  if (stream.signal.aborted) return;
  const off = runtime.onLog(agentId, write);
  stream.signal.addEventListener("abort", off, { once: true });
}

type Wake = ReturnType<Edge["control"]["runtime"]["wakes"]>[number];

function toWakeJson({ agentId: _agentId, releaseId, ...wake }: Wake): object {
  return { ...wake, release: releaseId };
}

function toLineJson({ at, instanceId, releaseId, stream, text }: LogLine): object {
  return { at, instanceId, release: releaseId, stream, text };
}
