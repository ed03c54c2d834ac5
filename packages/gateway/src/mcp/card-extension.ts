import type { AgentCard, JsonObject } from "@berth/protocol";

/** Prompts that an agent publishes to MCP clients: `params.prompts`. */
export const PROMPTS_EXTENSION = "https://berth.dev/extensions/prompts/v1";

/** Files that an agent publishes to MCP clients: `params.resources` and `params.templates`. */
export const RESOURCES_EXTENSION = "https://berth.dev/extensions/resources/v1";

/** What MCP clients should know of a skill: `params.skills[{id, annotations, taskSupport}]`. */
export const TOOL_HINTS_EXTENSION = "https://berth.dev/extensions/tool-hints/v1";

export function extensionParams(card: AgentCard, uri: string): JsonObject | undefined {
  return card.capabilities.extensions?.find((extension) => extension.uri === uri)?.params;
}
