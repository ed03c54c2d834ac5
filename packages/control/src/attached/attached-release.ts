import { DEFAULT_AGENT_CONFIG, parseAgentConfig } from "@berth/protocol";
import type { AgentCard, AgentConfig } from "@berth/protocol";
import { parseCardText, selectInterface } from "@berth/runtime";
import type { AttachedTarget } from "@berth/runtime";
import type { AgentWithRelease, ReleaseRecord } from "@berth/store";
import { canonicalText } from "../receipts/canonical-text.ts";
import { digestOf } from "../receipts/node-sha256.ts";
import { skillSchemasOf } from "../registry/skill-schemas.ts";
import type { AttachRequest } from "./attached-agents.ts";

/** What an agent on a developer's machine says of itself, checked. */
export interface AttachedDescription {
  readonly card: AgentCard;
  readonly text: string;
  readonly config: AgentConfig;
}

/** @throws CARD_INVALID, CONFIG_INVALID */
export function describeAttached({ card, config }: Pick<AttachRequest, "card" | "config">): AttachedDescription {
  const text = JSON.stringify(card) ?? "";
  const parsed = parseCardText(text);
  selectInterface(parsed);
  return { card: parsed, text, config: config === undefined ? DEFAULT_AGENT_CONFIG : parseAgentConfig(config) };
}

export function toAttachedRelease(
  { card, text, config }: AttachedDescription,
  ids: Pick<ReleaseRecord, "orgId" | "agentId" | "releaseId" | "createdAt">,
): ReleaseRecord {
  return {
    ...ids,
    digest: digestOf(text),
    config,
    card,
    upstreamCard: text,
    skillSchemas: skillSchemasOf(card),
    entry: "",
    // Nothing of ours confines it.
    trusted: true,
  };
}

/** Whether the release says the same. What the agent does may have changed all the same. */
export function isSameRelease(release: ReleaseRecord, { text, config }: AttachedDescription): boolean {
  return release.digest === digestOf(text) && canonicalText(release.config) === canonicalText(config);
}

/** How the runtime speaks to it; undefined for agents of other kinds. */
export function toAttachedTarget({ agent, release }: AgentWithRelease): AttachedTarget | undefined {
  if (agent.kind !== "attached") return undefined;
  const { url, protocolBinding, protocolVersion, tenant } = selectInterface(release.card);
  return {
    url,
    protocolBinding,
    protocolVersion,
    ...(tenant === undefined ? {} : { tenant }),
    streaming: release.card.capabilities.streaming === true,
  };
}
