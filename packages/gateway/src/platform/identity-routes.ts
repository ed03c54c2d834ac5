import { CERTIFICATE_ISSUER, INVOKE_SCOPE } from "@berth/control";
import { PlatformError } from "@berth/protocol";
import { authConfigOf } from "../edge/agent-schemes.ts";
import { RESOURCE_METADATA_PATH } from "../edge/challenges.ts";
import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendCached } from "../edge/respond.ts";
import type { AgentRoute, PlatformRoute } from "../edge/routes.ts";

/** What others need to verify agents' identity tokens (OpenID Connect Discovery 1.0), such as a cloud that federates. */
export function workloadRoutes({ control }: Edge): readonly PlatformRoute[] {
  const { workload } = control.identity;
  return [
    {
      method: "GET",
      path: "/workload/.well-known/openid-configuration",
      policy: "none",
      summary: "The issuer of agents' identity tokens",
      handle: (exchange) => sendPublic(exchange, workload.discovery()),
    },
    {
      method: "GET",
      path: "/workload/jwks.json",
      policy: "none",
      summary: "The public keys that verify agents' identity tokens (RFC 7517)",
      answers: "application/jwk-set+json",
      handle: (exchange) => sendPublic(exchange, workload.jwks, "application/jwk-set+json"),
    },
  ];
}

const SUMMARY = "Which authorization servers' tokens an agent takes (RFC 9728)";

/** Below the platform's host, where the resource's path follows the well-known one (RFC 9728 §3.1). */
export function resourceMetadataRoutes(edge: Edge): readonly PlatformRoute[] {
  const { oauth } = edge;
  const whole = ["", "/mcp"].map((suffix): PlatformRoute => ({
    method: "GET",
    path: `${RESOURCE_METADATA_PATH}${suffix}`,
    policy: "none",
    summary: "The authorization server whose tokens the MCP server of all agents takes (RFC 9728)",
    // Whoever asks at the root means the one MCP server that there is for all.
    handle: (exchange) => sendPublic(exchange, wholeMetadata(edge, `${exchange.target.origin}/mcp`)),
  }));
  const each = ["", "/mcp"].map((suffix): PlatformRoute => ({
    method: "GET",
    path: `${RESOURCE_METADATA_PATH}/agents/{name}${suffix}`,
    policy: "none",
    summary: SUMMARY,
    handle: async (exchange) => {
      const name = exchange.param("name");
      const resource = `${exchange.target.origin}/agents/${name}${suffix}`;
      sendPublic(exchange, await resourceMetadata(edge, name, resource));
    },
  }));
  return oauth === undefined ? each : [...whole, ...each];
}

/** @throws ROUTE_NOT_FOUND without an authorization server */
function wholeMetadata({ oauth }: Edge, resource: string): object {
  if (oauth === undefined) throw new PlatformError("ROUTE_NOT_FOUND", "There is nothing at this address.");
  return {
    resource,
    authorization_servers: [oauth.issuer()],
    bearer_methods_supported: ["header"],
    scopes_supported: [INVOKE_SCOPE],
  };
}

/** The same on an agent's own host. */
export function agentResourceMetadataRoutes(edge: Edge): readonly AgentRoute[] {
  return ["", "/mcp"].map((suffix): AgentRoute => ({
    method: "GET",
    path: `${RESOURCE_METADATA_PATH}${suffix}`,
    policy: "none",
    summary: SUMMARY,
    handle: async (exchange, { name, base }) =>
      sendPublic(exchange, await resourceMetadata(edge, name, `${base}${suffix}`)),
  }));
}

/** @throws AGENT_NOT_FOUND; ROUTE_NOT_FOUND for an agent that takes no tokens */
async function resourceMetadata({ control, oauth }: Edge, name: string, resource: string): Promise<object> {
  const { agent, release } = await control.registry.findForCard(name);
  const { schemes, requiredScopes = [] } = authConfigOf(release.config);
  const trusted = schemes.includes("openIdConnect") ? await control.identity.issuers.trusted(agent.orgId) : [];
  const ours = schemes.includes("oauth2") ? oauth : undefined;
  const scopes = [...(ours === undefined ? [] : [INVOKE_SCOPE]), ...requiredScopes];
  const servers = [
    ...(ours === undefined ? [] : [ours.issuer()]),
    ...trusted.filter((issuer) => issuer !== CERTIFICATE_ISSUER),
  ];
  if (servers.length === 0) {
    throw new PlatformError("ROUTE_NOT_FOUND", "This agent takes no tokens.", { hint: "Its card says what it takes." });
  }
  return {
    resource,
    authorization_servers: servers,
    bearer_methods_supported: ["header"],
    ...(scopes.length === 0 ? {} : { scopes_supported: [...new Set(scopes)] }),
  };
}

function sendPublic(exchange: Exchange, body: object, contentType = "application/json"): void {
  sendCached(exchange, JSON.stringify(body), {
    contentType,
    cacheControl: "public, max-age=60",
    headers: { "Access-Control-Allow-Origin": "*" },
  });
}
