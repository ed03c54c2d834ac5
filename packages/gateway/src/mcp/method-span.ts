import { GEN_AI, GEN_AI_OPERATIONS, HTTP, MCP, traceOfMeta } from "@berth/telemetry";
import { beginSpan } from "../edge/request-span.ts";
import { objectAt, textAt } from "./json.ts";
import type { McpCall } from "./mcp-call.ts";

/** What does something; lists and reads are worth no span. */
const WORTH_SPAN: ReadonlySet<string> = new Set(["tools/call", "tasks/update", "tasks/cancel"]);
const MAX_NAME = 128;

/**
 * `{mcp.method.name} {tool}` (semantic conventions, MCP server spans). What it belongs to is in `params._meta` (SEP-414);
 * the HTTP request that carried it may belong to something else, and is linked then.
 */
export function beginMethodSpan({ edge, exchange, request }: McpCall): void {
  const { method, params } = request;
  if (!WORTH_SPAN.has(method)) return;
  const tool = method === "tools/call" ? textAt(params, "name")?.slice(0, MAX_NAME) : undefined;
  const parent = traceOfMeta(objectAt(params, "_meta"));
  beginSpan(exchange, edge, {
    name: tool === undefined ? method : `${method} ${tool}`,
    attributes: {
      [MCP.method]: method,
      [HTTP.method]: exchange.method,
      ...(tool === undefined ? {} : { [GEN_AI.toolName]: tool, [GEN_AI.operation]: GEN_AI_OPERATIONS.executeTool }),
    },
    ...(parent === undefined ? {} : { parent }),
  });
}
