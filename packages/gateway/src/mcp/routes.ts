import { PlatformError } from "@berth/protocol";
import { answerableId, parseRpcRequest } from "../a2a/rpc-request.ts";
import type { RpcRequest } from "../a2a/rpc-request.ts";
import type { A2aCall } from "../a2a/operations.ts";
import type { RpcId } from "../a2a/render-error.ts";
import type { Edge } from "../edge/edge.ts";
import { assertOwnOrigin } from "../edge/origin.ts";
import { readJson } from "../edge/read-body.ts";
import { errorHeaders, toPlatformError } from "../edge/render-error.ts";
import { send, sendEmpty, sendJson } from "../edge/respond.ts";
import type { AgentRoute } from "../edge/routes.ts";
import { callTool } from "./call-tool.ts";
import { renderMcpError } from "./render-error.ts";
import { toSkillTools } from "./tool.ts";

/** Newest first. 2026-07-28, which needs no handshake, is issue 6. */
const REVISIONS = ["2025-11-25", "2025-06-18", "2025-03-26"] as const;

/** Stateless: no sessions and no stream from us, so GET and DELETE are not routes and answer 405. */
export function mcpRoutes(edge: Edge): readonly AgentRoute[] {
  return [
    {
      method: "POST",
      path: "/mcp",
      policy: "anyone",
      summary: "MCP: every skill is a tool",
      body: "application/json",
      errors: "mcp",
      handle: async (exchange, agent) => await handleMcp({ edge, exchange, agent }),
    },
  ];
}

async function handleMcp(call: A2aCall): Promise<void> {
  const { edge, exchange } = call;
  let id: RpcId = null;
  try {
    assertOwnOrigin(exchange, edge.hosts);
    assertRevision(exchange.header("mcp-protocol-version"));
    const body = await readJson(exchange, edge.limits);
    id = answerableId(body);
    if (isResponse(body)) return sendEmpty(exchange, { status: 202 });
    const request = parseRpcRequest(body);
    if (request.id === undefined) return sendEmpty(exchange, { status: 202 });
    sendJson(exchange, { jsonrpc: "2.0", id: request.id, result: await answer(call, request) });
  } catch (thrown) {
    const error = toPlatformError(thrown, exchange, edge.log);
    const { status, contentType, body } = renderMcpError(error, exchange, id);
    const refused = error.reason === "VERSION_NOT_SUPPORTED" ? 400 : status;
    send(exchange, JSON.stringify(body), { status: refused, contentType, headers: errorHeaders(error) });
  }
}

async function answer(call: A2aCall, { method, params }: RpcRequest): Promise<unknown> {
  switch (method) {
    case "ping":
      return {};
    case "initialize":
      return await initialize(call, member(params, "protocolVersion"));
    case "tools/list":
      if (member(params, "cursor") !== undefined) throw new PlatformError("INVALID_PARAMS", "Unknown cursor.");
      return { tools: [...(await toolsOf(call)).values()].map(({ tool }) => tool) };
    case "tools/call":
      return await callTool(call, await toolsOf(call), {
        name: member(params, "name"),
        arguments: member(params, "arguments"),
      });
    default:
      throw new PlatformError("METHOD_NOT_FOUND", `There is no method "${method.slice(0, 100)}".`);
  }
}

async function initialize({ edge, exchange, agent }: A2aCall, requested: unknown): Promise<unknown> {
  const { release } = await edge.control.registry.find(exchange.principal, agent.name);
  const { name, description, version } = release.card;
  return {
    protocolVersion: REVISIONS.find((revision) => revision === requested) ?? REVISIONS[0],
    capabilities: { tools: {} },
    serverInfo: { name: agent.name, title: name, version },
    instructions: description,
  };
}

async function toolsOf({ edge, exchange, agent }: A2aCall): Promise<ReturnType<typeof toSkillTools>> {
  const { release } = await edge.control.registry.find(exchange.principal, agent.name);
  return toSkillTools(release.card.skills, release.skillSchemas);
}

function assertRevision(header: string | undefined): void {
  if (header === undefined || REVISIONS.some((revision) => revision === header)) return;
  throw new PlatformError("VERSION_NOT_SUPPORTED", `MCP revision "${header.slice(0, 20)}" is not spoken here.`, {
    hint: `These are: ${REVISIONS.join(", ")}.`,
  });
}

/** An answer to something we never asked. */
function isResponse(body: unknown): boolean {
  return typeof body === "object" && body !== null && !("method" in body) && ("result" in body || "error" in body);
}

function member(params: unknown, name: string): unknown {
  if (typeof params !== "object" || params === null) return undefined;
  return Object.getOwnPropertyDescriptor(params, name)?.value;
}
