import { PlatformError } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendEmpty, sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { toAgentJson, toAgentsJson } from "./agent-json.ts";
import { toConnect } from "./connect.ts";
import { PAGE_QUERY, checkedText, choiceParameter, pageOf, textParameter } from "./page.ts";
import type { AgentFilter } from "./records.ts";

const KINDS = ["deployed", "remote", "internal", "attached"] as const;
const MAX_TAGS = 20;

export function agentRoutes(edge: Edge): readonly PlatformRoute[] {
  const { registry } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/agents",
      policy: "anyone",
      summary: "The agents the caller may see",
      query: [
        { name: "name", description: "Exactly this name." },
        { name: "kind", description: KINDS.join(", ") },
        { name: "tag", description: "Every one must be there.", repeats: true },
        { name: "skill", description: "Has this skill." },
        { name: "q", description: "Occurs in name, description, skills or tags." },
        ...PAGE_QUERY,
      ],
      handle: async (exchange) => {
        const { agents, nextPageToken } = await registry.list(exchange.principal, filterOf(exchange), pageOf(exchange));
        sendJson(exchange, {
          agents: await toAgentsJson(edge, agents, exchange.principal),
          nextPageToken: nextPageToken ?? "",
        });
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}",
      policy: "anyone",
      summary: "One agent",
      handle: async (exchange) => {
        const agent = await registry.find(exchange.principal, exchange.param("name"));
        sendJson(exchange, await toAgentJson(edge, agent, exchange.principal));
      },
    },
    {
      method: "GET",
      path: "/v1/agents/{name}/connect",
      policy: "anyone",
      summary: "How to take the agent up in Claude Code, Cursor, VS Code and others, in one step each",
      handle: async (exchange) =>
        sendJson(exchange, toConnect(edge, await registry.find(exchange.principal, exchange.param("name")))),
    },
    {
      method: "DELETE",
      path: "/v1/agents/{name}",
      policy: "agent.remove",
      summary: "Remove an agent, and what of it runs on targets; its running calls are drained",
      query: [{ name: "abandon", description: "true: what runs on targets is left there and forgotten." }],
      status: 204,
      handle: async (exchange) => {
        const abandon = choiceParameter(exchange, "abandon", ["true", "false"]) === "true";
        await registry.remove(exchange.principal, exchange.param("name"), { abandon });
        sendEmpty(exchange);
      },
    },
  ];
}

function filterOf(exchange: Exchange): AgentFilter {
  const name = textParameter(exchange, "name");
  const kind = choiceParameter(exchange, "kind", KINDS);
  const skill = textParameter(exchange, "skill");
  const text = textParameter(exchange, "q");
  const tags = exchange.query.getAll("tag").map((tag) => checkedText("tag", tag));
  if (tags.length > MAX_TAGS) {
    const violation = { field: "tag", description: `at most ${MAX_TAGS}` };
    throw new PlatformError("INVALID_PARAMS", `${violation.field}: ${violation.description}`, {
      violations: [violation],
    });
  }
  return {
    ...(name === undefined ? {} : { name }),
    ...(kind === undefined ? {} : { kind }),
    ...(skill === undefined ? {} : { skill }),
    ...(text === undefined ? {} : { text }),
    ...(tags.length === 0 ? {} : { tags }),
  };
}
