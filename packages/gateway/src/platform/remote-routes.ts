import type { ImportRequest } from "@berth/control";
import { invalidParams } from "@berth/protocol";
import type { FieldViolation } from "@berth/protocol";
import type { Edge } from "../edge/edge.ts";
import { readJson, readOptionalJson } from "../edge/read-body.ts";
import { sendJson } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { toAgentJson } from "./agent-json.ts";
import { isText } from "./body.ts";

const MAX_URL = 2_048;
const MAX_CREDENTIAL = 4_096;

/** Agents that run elsewhere. */
export function remoteRoutes(edge: Edge): readonly PlatformRoute[] {
  const { remotes } = edge.control;
  return [
    {
      method: "POST",
      path: "/v1/agents/import",
      policy: "agent.import",
      summary: "Import an A2A agent that runs elsewhere, by the address of its card",
      body: "application/json",
      status: 201,
      handle: async (exchange) => {
        const request = parseImport(await readJson(exchange, edge.limits));
        const agent = await remotes.import(exchange.principal, request);
        const headers = { Location: `/v1/agents/${agent.agent.name}` };
        sendJson(exchange, await toAgentJson(edge, agent, exchange.principal), { status: 201, headers });
      },
    },
    {
      method: "POST",
      path: "/v1/agents/{name}/refresh",
      policy: "agent.import",
      summary: "Look at a remote agent's card now; a changed card is shown as drift and not adopted",
      handle: async (exchange) => {
        const agent = await remotes.refresh(exchange.principal, exchange.param("name"));
        sendJson(exchange, await toAgentJson(edge, agent, exchange.principal));
      },
    },
    {
      method: "POST",
      path: "/v1/agents/{name}/accept-card",
      policy: "agent.import",
      summary: "Adopt a remote agent's changed card: the one that was last shown, or the one of `digest`",
      body: "application/json",
      handle: async (exchange) => {
        const digest = parseDigest(await readOptionalJson(exchange, edge.limits));
        const agent = await remotes.accept(exchange.principal, exchange.param("name"), digest);
        sendJson(exchange, await toAgentJson(edge, agent, exchange.principal));
      },
    },
  ];
}

/** @throws INVALID_PARAMS with every field that does not fit. */
function parseImport(body: unknown): ImportRequest {
  const { url, name, visibility, credential } = membersOf(body);
  const violations: FieldViolation[] = [];
  const check = (field: string, fits: boolean, description: string): void => {
    if (!fits) violations.push({ field, description });
  };
  check("url", isText(url, MAX_URL), `must be an http or https URL of at most ${MAX_URL} characters`);
  check("name", name === undefined || isText(name, 100), "must be an agent's name");
  check("visibility", isVisibility(visibility), 'must be "public" or "private"');
  const isCredential = credential === undefined || isText(credential, MAX_CREDENTIAL);
  check("credential", isCredential, `must be a text of at most ${MAX_CREDENTIAL} characters`);
  if (violations.length > 0 || !isText(url, MAX_URL)) throw invalidParams(violations);
  return {
    url,
    ...(isText(name, 100) ? { name } : {}),
    ...(isVisibility(visibility) && visibility !== undefined ? { visibility } : {}),
    ...(isText(credential, MAX_CREDENTIAL) ? { credential } : {}),
  };
}

function parseDigest(body: unknown): string | undefined {
  const { digest } = membersOf(body ?? {});
  if (digest === undefined || (typeof digest === "string" && /^sha256:[0-9a-f]{64}$/.test(digest))) return digest;
  throw invalidParams([{ field: "digest", description: "must be sha256:<hex>, as the agent's drift has it" }]);
}

function membersOf(body: unknown): { readonly [name: string]: unknown } {
  if (typeof body === "object" && body !== null) return Object.fromEntries(Object.entries(body));
  throw invalidParams([{ field: "body", description: "must be a JSON object" }]);
}

function isVisibility(value: unknown): value is "public" | "private" | undefined {
  return value === undefined || value === "public" || value === "private";
}
