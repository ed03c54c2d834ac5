import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendCached } from "../edge/respond.ts";
import type { AgentRoute, PlatformRoute } from "../edge/routes.ts";
import { describeAgent } from "./agent-description.ts";
import { toAgentLlmsText } from "./agent-llms-text.ts";
import { toAgentOpenApi } from "./agent-openapi.ts";
import { platformLlmsText } from "./platform-llms-text.ts";
import { toPlatformOpenApi } from "./platform-openapi.ts";
import type { DocumentedRoutes } from "./platform-openapi.ts";

/** As public as the card, which says the same. */
export function agentDocsRoutes(edge: Edge, routes: () => DocumentedRoutes): readonly AgentRoute[] {
  return [
    {
      method: "GET",
      path: "/openapi.json",
      policy: "none",
      summary: "The agent as OpenAPI 3.1, with its skills' schemas; never starts the agent",
      handle: async (exchange, agent) => {
        const description = await describeAgent(edge, agent);
        sendDocument(exchange, JSON.stringify(toAgentOpenApi(description, routes().agent)), "application/json");
      },
    },
    {
      method: "GET",
      path: "/llms.txt",
      policy: "none",
      summary: "The agent for language models, as markdown; never starts the agent",
      answers: "text/markdown",
      handle: async (exchange, agent) =>
        sendDocument(exchange, toAgentLlmsText(await describeAgent(edge, agent)), MARKDOWN),
    },
  ];
}

export function platformDocsRoutes(edge: Edge, routes: () => DocumentedRoutes): readonly PlatformRoute[] {
  return [
    {
      method: "GET",
      path: "/v1/openapi.json",
      policy: "none",
      summary: "This API, as OpenAPI 3.1",
      handle: (exchange) =>
        sendDocument(exchange, JSON.stringify(toPlatformOpenApi(edge, routes())), "application/json"),
    },
    {
      method: "GET",
      path: "/llms.txt",
      policy: "none",
      summary: "The platform for language models, as markdown",
      answers: "text/markdown",
      handle: async (exchange) => sendDocument(exchange, await platformLlmsText(edge), MARKDOWN),
    },
  ];
}

const MARKDOWN = "text/markdown; charset=utf-8";

/** The ETag is of the content: no date says when the platform itself last changed what it writes here. */
function sendDocument(exchange: Exchange, body: string, contentType: string): void {
  sendCached(exchange, body, { contentType, cacheControl: "public, max-age=60" });
}
