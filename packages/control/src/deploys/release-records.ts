import type { BuiltRelease } from "@berth/deploy";
import type { AgentCard } from "@berth/protocol";
import type { ReadCard } from "@berth/runtime";
import { allTo } from "@berth/store";
import type { AgentRecord, ReleaseRecord } from "@berth/store";
import { skillSchemasOf } from "../registry/skill-schemas.ts";

/** An agent as it is with this release; version, traffic and times of one that is there already are the store's. */
export function agentOf(fields: {
  readonly orgId: string;
  readonly agentId: string;
  readonly name: string;
  readonly releaseId: string;
  readonly at: Date;
}): AgentRecord {
  const { orgId, agentId, name, releaseId, at } = fields;
  const iso = at.toISOString();
  return {
    orgId,
    agentId,
    name,
    kind: "deployed",
    activeReleaseId: releaseId,
    version: 0,
    traffic: allTo(releaseId),
    createdAt: iso,
    updatedAt: iso,
  };
}

/** Without a card while that is not read yet. */
export function releaseOf(fields: {
  readonly orgId: string;
  readonly releaseId: string;
  readonly agentId: string;
  readonly built: BuiltRelease;
  readonly read: ReadCard | undefined;
  readonly trusted: boolean;
  readonly at: Date;
}): ReleaseRecord {
  const { orgId, releaseId, agentId, built, read, trusted, at } = fields;
  return {
    orgId,
    releaseId,
    agentId,
    digest: built.digest,
    config: built.config,
    card: read?.card ?? EMPTY_CARD,
    ...(read === undefined ? {} : { upstreamCard: read.text }),
    skillSchemas: read === undefined ? [] : skillSchemasOf(read.card),
    entry: built.entry,
    trusted,
    createdAt: at.toISOString(),
  };
}

/** Stands in for the card until the health check has read it; never published. */
const EMPTY_CARD: AgentCard = {
  name: "unnamed",
  description: "",
  supportedInterfaces: [],
  version: "0",
  capabilities: {},
  defaultInputModes: [],
  defaultOutputModes: [],
  skills: [],
};
