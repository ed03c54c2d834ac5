import type { GrantRecord, GrantStore } from "@berth/store";
import { grantRevoked } from "./grant-errors.ts";

/**
 * The newest grant in the line of this one, as the store has it now. @throws GRANT_REVOKED when the line has ended.
 */
export async function newestOfLine(
  store: Pick<GrantStore, "find" | "ofRun">,
  { orgId, grantId, runId }: GrantRecord,
): Promise<GrantRecord> {
  let newest = await store.find(orgId, grantId);
  if (newest === undefined) throw grantRevoked();
  if (newest.revokedAt === undefined) return newest;
  const successors = new Map((await store.ofRun(orgId, runId)).map((grant) => [grant.priorId, grant]));
  for (let next = successors.get(newest.grantId); next !== undefined; next = successors.get(next.grantId))
    newest = next;
  if (newest.revokedAt !== undefined) throw grantRevoked();
  return newest;
}

/** What this grant was cut from, as it is now; undefined for one that was cut from none. @throws GRANT_REVOKED when that has ended. */
export async function parentOf(
  store: Pick<GrantStore, "find" | "ofRun">,
  { orgId, parentId }: GrantRecord,
): Promise<GrantRecord | undefined> {
  if (parentId === undefined) return undefined;
  const parent = await store.find(orgId, parentId);
  if (parent === undefined) throw grantRevoked();
  return await newestOfLine(store, parent);
}
