import type { JsonObject } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { readJson } from "../edge/read-body.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute, QueryDoc } from "../edge/routes.ts";
import { membersOf } from "./body.ts";
import { textParameter } from "./page.ts";

const PAGE: readonly QueryDoc[] = [
  { name: "after", description: "`next` of the page before." },
  { name: "limit", description: "1 to 100, default 50.", type: "integer" },
];

export function memoryRoutes(edge: Edge): readonly PlatformRoute[] {
  const { memory } = edge.control;
  const posted = async (exchange: Exchange): Promise<JsonObject> =>
    // Parsed from JSON; what its members must be, memory says.
    membersOf(await readJson(exchange, edge.limits)) as JsonObject;
  return [
    {
      method: "GET",
      path: "/v1/memory/{name}/spaces",
      policy: "memory.read_all",
      summary: "For whom an agent remembers something, and how much",
      query: PAGE,
      handle: async (exchange) => {
        const request = queried(exchange, ["after"]);
        sendJson(exchange, await memory.spaces(exchange.principal, exchange.param("name"), request));
      },
    },
    {
      method: "GET",
      path: "/v1/memory/{name}/items",
      policy: "memory.read",
      summary: "What an agent remembers, newest first",
      query: [
        { name: "scope", description: "`user`, by default, or `agent`: what it remembers for everybody." },
        { name: "owner", description: "Another principal's memory, by its id." },
        ...PAGE,
      ],
      handle: async (exchange) => {
        const request = queried(exchange, ["scope", "owner", "after"]);
        sendJson(exchange, await memory.list(exchange.principal, exchange.param("name"), request));
      },
    },
    {
      method: "POST",
      path: "/v1/memory/{name}/items",
      policy: "memory.write",
      summary: "Have an agent remember a text",
      body: "application/json",
      handle: async (exchange) =>
        sendJson(exchange, await memory.save(exchange.principal, exchange.param("name"), await posted(exchange))),
    },
    {
      method: "POST",
      path: "/v1/memory/{name}/search",
      policy: "memory.read",
      summary: "Passages of what an agent remembers, by meaning, by words, or both",
      body: "application/json",
      rate: "read",
      handle: async (exchange) =>
        sendJson(exchange, await memory.search(exchange.principal, exchange.param("name"), await posted(exchange))),
    },
    {
      method: "POST",
      path: "/v1/memory/{name}/delete",
      policy: "memory.write",
      summary: "Have an agent forget: by ids, by key, by a filter on metadata, or everything",
      body: "application/json",
      handle: async (exchange) =>
        sendJson(exchange, await memory.remove(exchange.principal, exchange.param("name"), await posted(exchange))),
    },
  ];
}

function queried(exchange: Exchange, names: readonly string[]): JsonObject {
  const limit = exchange.integer("limit", { min: 1, max: 100 });
  const texts = names.flatMap((name) => {
    const value = textParameter(exchange, name);
    return value === undefined ? [] : [[name, value] as const];
  });
  return { ...Object.fromEntries(texts), ...(limit === undefined ? {} : { limit }) };
}
