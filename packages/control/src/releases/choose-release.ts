import { createHash } from "node:crypto";
import { ALL_TRAFFIC } from "@berth/store";
import type { AgentRecord } from "@berth/store";

/**
 * The release that a new task of this context begins on. The same context always falls on the same point of the traffic,
 * so a conversation stays where it is as long as its release keeps its share.
 */
export function chooseRelease(
  { agentId, traffic, activeReleaseId }: Pick<AgentRecord, "agentId" | "traffic" | "activeReleaseId">,
  contextId: string,
): string {
  if (traffic.shares.length === 1) return activeReleaseId;
  const point = createHash("sha256").update(`${agentId} ${contextId}`).digest().readUInt32BE(0) % ALL_TRAFFIC;
  let end = 0;
  for (const { releaseId, basisPoints } of traffic.shares) {
    end += basisPoints;
    if (point < end) return releaseId;
  }
  return activeReleaseId;
}
