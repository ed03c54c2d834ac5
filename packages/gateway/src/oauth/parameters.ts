import { INVOKE_SCOPE } from "@berth/control";
import type { Resource } from "./resources.ts";

/** Where parameters mean something else. */
export type Endpoint = "authorize" | "device" | "token";

/**
 * The parameters of a request as they are understood here: every spelling of a resource is one, and whoever does not
 * say what for wants to call agents (research note mcp §5.1, §5.4). What is not understood stays, to be refused.
 */
export function normalizedParameters(
  parameters: URLSearchParams,
  endpoint: Endpoint,
  toResource: (text: string) => Resource | undefined,
): URLSearchParams {
  const said = new URLSearchParams(parameters);
  const resources = said.getAll("resource").map((text) => toResource(text)?.mcpUrl ?? text);
  said.delete("resource");
  for (const resource of new Set(resources)) said.append("resource", resource);
  const asksScopes = endpoint !== "token" || said.get("grant_type") === "client_credentials";
  if (asksScopes && said.getAll("scope").length <= 1) said.set("scope", withInvoke(said.get("scope")));
  return said;
}

/** Calling agents is what every token is for. */
function withInvoke(scope: string | null): string {
  const asked = (scope ?? "").split(" ").filter((each) => each !== "");
  return [...new Set([...asked, INVOKE_SCOPE])].join(" ");
}
