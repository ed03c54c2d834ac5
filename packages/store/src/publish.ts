import { PlatformError } from "@berth/protocol";
import type { PublishedAgent, ReleaseRecord, Route } from "./agent-store.ts";
import { ALL_TRAFFIC } from "./agent-traffic.ts";
import { toInstant } from "./instant.ts";
import { requireStorableText } from "./storable-text.ts";

/** An agent and a release that do not name each other are a bug of the caller. @throws PlatformError INVALID_PARAMS */
export function checkPublish(agent: PublishedAgent, release: ReleaseRecord): void {
  const { orgId, agentId, name, activeReleaseId } = agent;
  const linked = release.orgId === orgId && release.agentId === agentId && release.releaseId === activeReleaseId;
  if (!linked) throw new Error(`agent ${agentId} and release ${release.releaseId} do not belong together`);
  requireStorableText({ orgId, agentId, name, activeReleaseId, digest: release.digest });
}

/** As it reads back from a database: later changes to the caller's objects do not reach it. */
export function copyOfRelease(release: ReleaseRecord): ReleaseRecord {
  // A ReleaseRecord is plain JSON data.
  return JSON.parse(JSON.stringify({ ...release, createdAt: toInstant(release.createdAt) })) as ReleaseRecord;
}

export function releaseConflict(release: ReleaseRecord): PlatformError {
  return new PlatformError("STORE_CONFLICT", `Release ${release.releaseId} exists with other content.`);
}

/** Traffic that does not add up is a bug of the caller. */
export function checkRoute({ activeReleaseId, traffic }: Route): void {
  const sum = traffic.shares.reduce((total, { basisPoints }) => total + basisPoints, 0);
  const isShared = traffic.shares.some(({ releaseId }) => releaseId === activeReleaseId);
  if (sum !== ALL_TRAFFIC || !isShared) throw new Error(`the traffic of ${activeReleaseId} does not add up`);
}

export function routeConflict(): PlatformError {
  return new PlatformError("STORE_CONFLICT", "Somebody else has moved this agent's traffic or deployed it.", {
    hint: "Look at it again, then decide.",
  });
}
