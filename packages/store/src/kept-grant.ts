import { PlatformError } from "@berth/protocol";
import type { GrantRecord } from "./grant-store.ts";
import { toInstant } from "./instant.ts";
import { requireStorableText } from "./storable-text.ts";

/** A grant as every driver keeps it: checked keys, one spelling of time, no tie to the caller's objects. */
export function grantAsKept(grant: GrantRecord): GrantRecord {
  const { orgId, grantId, runId, agentId, priorId, parentId, approvalId, revokedAt } = grant;
  requireStorableText({ orgId, grantId, runId, agentId, priorId, parentId, approvalId });
  const kept = {
    ...grant,
    issuedAt: toInstant(grant.issuedAt),
    expiresAt: toInstant(grant.expiresAt),
    runDeadline: toInstant(grant.runDeadline),
    ...(revokedAt === undefined ? {} : { revokedAt: toInstant(revokedAt) }),
  };
  // Records are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(JSON.stringify(kept)) as GrantRecord;
}

export function grantExists(grantId: string, cause?: unknown): PlatformError {
  return new PlatformError("STORE_CONFLICT", `There is a grant ${grantId} already.`, { cause });
}

export function grantGaveWay(grantId: string): PlatformError {
  return new PlatformError("STORE_CONFLICT", `The grant ${grantId} is revoked or has given way to another.`);
}
