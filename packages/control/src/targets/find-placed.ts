import { PlatformError } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import type { AgentWithRelease, PlacementRecord, Store } from "@berth/store";

export interface WantedRelease {
  readonly agent: string;
  /** Default: the one that is active. */
  readonly release?: string | undefined;
}

/** @throws AGENT_NOT_FOUND, RELEASE_NOT_FOUND */
export async function findRelease(
  { agents }: Pick<Store, "agents">,
  principal: Principal,
  { agent: name, release: releaseId }: WantedRelease,
): Promise<AgentWithRelease> {
  const found = await agents.find(principal.orgId, name);
  if (found === undefined || principal.agents?.includes(name) === false) {
    throw new PlatformError("AGENT_NOT_FOUND", `There is no agent "${name}".`);
  }
  if (releaseId === undefined) return found;
  const release = await agents.findRelease(principal.orgId, releaseId);
  if (release?.agentId === found.agent.agentId) return { agent: found.agent, release };
  throw new PlatformError("RELEASE_NOT_FOUND", `"${name}" has no release ${releaseId}.`);
}

/** Where a release runs beyond this platform. @throws UNSUPPORTED_OPERATION when it runs here */
export async function findPlaced(
  store: Pick<Store, "agents" | "targets">,
  principal: Principal,
  wanted: WantedRelease,
): Promise<PlacementRecord> {
  const { release } = await findRelease(store, principal, wanted);
  const placed = await store.targets.placement(principal.orgId, release.releaseId);
  if (placed !== undefined) return placed;
  throw new PlatformError("UNSUPPORTED_OPERATION", `The release ${release.releaseId} runs on this platform itself.`, {
    hint: `\`a2a logs ${wanted.agent}\` and \`a2a agents show ${wanted.agent}\` tell of it.`,
  });
}
