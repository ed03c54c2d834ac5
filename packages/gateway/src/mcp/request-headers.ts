import type { JsonObject } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";
import { isJsonObject, member, objectAt, textAt } from "./json.ts";
import { McpCode, McpError } from "./mcp-error.ts";

/** Which member of the params `Mcp-Name` repeats (streamable HTTP, standard request headers; SEP-2663 for tasks). */
const NAMED_BY: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

/**
 * Proxies route by these headers and we act on the body: a request on which they differ would slip past one of the
 * two. @throws HeaderMismatch
 */
export function assertHeaders(
  exchange: Exchange,
  { method, params }: { readonly method: string; readonly params: JsonObject },
): void {
  assertEqual("Mcp-Method", exchange.header("mcp-method"), method);
  const field = NAMED_BY.get(method);
  const name = field === undefined ? undefined : textAt(params, field);
  if (name !== undefined) assertEqual("Mcp-Name", decoded(exchange.header("mcp-name")), name);
}

/**
 * Arguments that a tool's schema wants in a header as well, by `x-mcp-header` on properties of properties.
 * @throws HeaderMismatch
 */
export function assertArgumentHeaders(exchange: Exchange, schema: JsonObject, args: JsonObject): void {
  for (const [name, property] of Object.entries(objectAt(schema, "properties") ?? {})) {
    if (!isJsonObject(property)) continue;
    const value = member(args, name);
    const header = textAt(property, "x-mcp-header");
    if (header !== undefined) assertArgument(exchange, `Mcp-Param-${header}`, value);
    if (property["type"] === "object") assertArgumentHeaders(exchange, property, isJsonObject(value) ? value : {});
  }
}

function assertArgument(exchange: Exchange, name: string, value: unknown): void {
  const said = decoded(exchange.header(name.toLowerCase()));
  if (said === undefined && (value === undefined || value === null)) return;
  // 42.0 and 42 are the same integer.
  const isSameNumber = typeof value === "number" && said !== undefined && said !== "" && Number(said) === value;
  if (!isSameNumber) assertEqual(name, said, typeof value === "string" ? value : JSON.stringify(value ?? null));
}

function assertEqual(name: string, header: string | undefined, body: string): void {
  if (header === body) return;
  const said = header === undefined ? "is missing" : `says "${header.slice(0, 100)}"`;
  throw new McpError(
    McpCode.HeaderMismatch,
    `Header mismatch: ${name} ${said}, the body says "${body.slice(0, 100)}".`,
  );
}

/** What does not fit into a header travels as `=?base64?…?=`. */
function decoded(header: string | undefined): string | undefined {
  const encoded = /^=\?base64\?(.*)\?=$/.exec(header ?? "")?.[1];
  if (encoded === undefined) return header;
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.toString("base64") === encoded) return bytes.toString("utf8");
  throw new McpError(McpCode.HeaderMismatch, "Header mismatch: a header holds base64 that is not valid.");
}
