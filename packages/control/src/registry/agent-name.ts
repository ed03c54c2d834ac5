import { AGENT_NAME_PATTERN, PlatformError, toAgentName } from "@berth/protocol";
import type { AgentCard } from "@berth/protocol";

/** `POST /v1/agents/import` is a route. */
const RESERVED = new Set(["import"]);

/** The name of an agent whose deployer gave none. @throws CONFIG_INVALID */
export function agentNameOf(card: AgentCard): string {
  const name = toAgentName(card.name);
  assertAgentName(name);
  return name;
}

/** @throws CONFIG_INVALID */
export function assertAgentName(name: string): void {
  if (AGENT_NAME_PATTERN.test(name) && !RESERVED.has(name)) return;
  throw new PlatformError("CONFIG_INVALID", `"${name}" cannot be an agent's name.`, {
    hint: "Use 1 to 39 lowercase letters, digits and dashes, beginning with a letter.",
  });
}
