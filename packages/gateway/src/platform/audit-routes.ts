import { toOcsf } from "@berth/control";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { choiceParameter, textParameter } from "./page.ts";

const TEXT_FILTERS = ["actor", "action", "resource", "from", "to"] as const;

export function auditRoutes(edge: Edge): readonly PlatformRoute[] {
  const { audit } = edge.control;
  return [
    {
      method: "GET",
      path: "/v1/audit",
      policy: "audit.read",
      summary: "Who did what, when, from where, and how it ended; newest first",
      query: [
        { name: "actor", description: "The principal's id." },
        { name: "action", description: "Such as `key.create`; `key.` is every act on keys." },
        { name: "resource", description: "What it was done to." },
        { name: "outcome", description: "`ok`, `denied` or `failed`." },
        { name: "from", description: "RFC 3339; not before." },
        { name: "to", description: "RFC 3339; before." },
        { name: "limit", description: "1 to 1,000, default 100.", type: "integer" },
        { name: "pageToken", description: "From the page before." },
        { name: "format", description: "`berth` (default) or `ocsf`." },
      ],
      handle: async (exchange) => {
        const size = exchange.integer("limit", { min: 1, max: 1_000 }) ?? 100;
        const token = textParameter(exchange, "pageToken");
        const format = choiceParameter(exchange, "format", ["berth", "ocsf"]) ?? "berth";
        const page = { size, ...(token === undefined ? {} : { token }) };
        const { entries, nextPageToken = "" } = await audit.query(exchange.principal, filterOf(exchange), page);
        sendJson(exchange, { entries: format === "ocsf" ? entries.map(toOcsf) : entries, nextPageToken });
      },
    },
    {
      method: "GET",
      path: "/v1/audit/{id}/proof",
      policy: "audit.read",
      summary: "One entry with everything that shows offline that it is in the log",
      handle: async (exchange) => {
        const { type, entry, leaf, proof, vkey } = await audit.proof(exchange.principal, exchange.param("id"));
        sendJson(exchange, { type, entry, leaf, proof, vkey });
      },
    },
  ];
}

function filterOf(exchange: Exchange): Parameters<Edge["control"]["audit"]["query"]>[1] {
  const outcome = choiceParameter(exchange, "outcome", ["ok", "denied", "failed"]);
  const texts = TEXT_FILTERS.map((name) => [name, textParameter(exchange, name)] as const);
  return {
    ...Object.fromEntries(texts.filter(([, text]) => text !== undefined)),
    ...(outcome === undefined ? {} : { outcome }),
  };
}
