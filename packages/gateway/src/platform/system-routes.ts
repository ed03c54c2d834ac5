import { PROTOCOL_VERSIONS } from "../a2a/version.ts";
import type { Edge } from "../edge/edge.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";

export function systemRoutes(edge: Edge): readonly PlatformRoute[] {
  const { control } = edge;
  return [
    {
      method: "GET",
      path: "/healthz",
      policy: "none",
      summary: "The process is up",
      anyHost: true,
      handle: (exchange) => sendJson(exchange, { status: "ok" }),
    },
    {
      method: "GET",
      path: "/readyz",
      policy: "none",
      summary: "The platform serves; 503 while it starts or stops",
      anyHost: true,
      handle: (exchange) => {
        const ready = edge.ready();
        sendJson(exchange, { status: ready ? "ready" : "unavailable" }, { status: ready ? 200 : 503 });
      },
    },
    {
      method: "GET",
      path: "/v1/version",
      policy: "none",
      summary: "Versions of the platform, of Node and of A2A",
      handle: (exchange) =>
        sendJson(exchange, { version: edge.version, node: process.versions.node, protocolVersions: PROTOCOL_VERSIONS }),
    },
    {
      method: "GET",
      path: "/v1/whoami",
      policy: "key",
      summary: "Who the credential belongs to",
      handle: async (exchange) => {
        const { kind, id, orgId, scopes, name, agents } = exchange.principal;
        const organizations = await control.auth.memberships(exchange.principal);
        sendJson(exchange, { kind, id, orgId, scopes, name: name ?? null, agents: agents ?? null, organizations });
      },
    },
    {
      method: "GET",
      path: "/v1/doctor",
      policy: "key",
      summary: "What this machine can enforce, and whether the store answers",
      handle: async (exchange) => {
        const { sandbox, store, ledger } = await control.doctor(exchange.principal);
        sendJson(exchange, { sandbox, store, ledger });
      },
    },
  ];
}
