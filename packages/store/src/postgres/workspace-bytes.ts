import { sql } from "kysely";
import type { Kysely } from "kysely";
import { NO_USAGE, assertRoom, reservationGone } from "../workspace-file.ts";
import type { Renamed } from "../workspace-file.ts";
import type { Reservation, WorkspaceQuota, WorkspaceUsage } from "../workspace-store.ts";
import type { Database } from "./schema.ts";

/*
 * What an organization is charged for. Locks are taken in this order: the digest, the organizations' usage, their rows.
 * A reservation and a collection of one digest exclude each other by the first, all else of an organization by the second.
 */

/** Makes the organization's writers take turns until the end of the transaction. */
export async function lockUsage(tx: Kysely<Database>, orgId: string): Promise<WorkspaceUsage> {
  const { rows } = await sql<WorkspaceUsage>`
    insert into workspace_usage as u (org_id, files, bytes) values (${orgId}, 0, 0)
    on conflict (org_id) do update set files = u.files returning files, bytes, released`.execute(tx);
  return rows[0] ?? NO_USAGE;
}

export async function reserveBytes(
  tx: Kysely<Database>,
  { orgId, digest, bytes, at }: Reservation,
  quota: WorkspaceQuota | undefined,
): Promise<void> {
  await lockDigest(tx, digest);
  const usage = await lockUsage(tx, orgId);
  const { numUpdatedRows } = await tx
    .updateTable("workspace_bytes")
    .set({ touched_at: at })
    .where("org_id", "=", orgId)
    .where("digest", "=", digest)
    .executeTakeFirst();
  if (numUpdatedRows > 0n) return;
  assertRoom(usage, bytes, quota);
  await tx
    .insertInto("workspace_bytes")
    .values({ digest, org_id: orgId, bytes, versions: 0, touched_at: at })
    .execute();
  await tx
    .updateTable("workspace_usage")
    .set({ released: usage.released + bytes })
    .where("org_id", "=", orgId)
    .execute();
}

interface Named {
  readonly orgId: string;
  readonly digest: string;
  readonly at: string;
}

/** One more version names the digest. @throws PlatformError STORE_UNAVAILABLE when it is not reserved */
export async function nameBytes(tx: Kysely<Database>, { orgId, digest, at }: Named): Promise<Renamed> {
  const { rows } = await sql<{ readonly bytes: number; readonly versions: number }>`
    update workspace_bytes set versions = versions + 1, touched_at = ${at}
    where org_id = ${orgId} and digest = ${digest} returning bytes, versions`.execute(tx);
  const [row] = rows;
  if (row === undefined) throw reservationGone();
  return { bytes: row.bytes, from: row.versions - 1, to: row.versions };
}

interface Outdated {
  readonly orgId: string;
  readonly path: string;
  readonly upTo: number;
  readonly at: string;
}

/** Removes the path's versions up to this one. */
export async function removeVersions(
  tx: Kysely<Database>,
  { orgId, path, upTo, at }: Outdated,
): Promise<readonly Renamed[]> {
  if (upTo < 1) return [];
  const { rows } = await sql<Renamed>`
    with gone as (
      delete from workspace_versions where org_id = ${orgId} and path = ${path} and version <= ${upTo} returning digest
    ), counted as (
      select digest, count(*) as versions from gone where digest is not null group by digest
    )
    update workspace_bytes as b set versions = b.versions - c.versions, touched_at = ${at} from counted as c
    where b.org_id = ${orgId} and b.digest = c.digest
    returning b.bytes, b.versions + c.versions as "from", b.versions as "to"`.execute(tx);
  return rows;
}

export async function collectBytes(
  tx: Kysely<Database>,
  { digest, before }: { readonly digest: string; readonly before: string },
  remove: () => Promise<unknown>,
): Promise<void> {
  await lockDigest(tx, digest);
  const unnamed = sql`digest = ${digest} and versions = 0 and touched_at < ${before}`;
  const locked = await sql<{ readonly org_id: string }>`
    select org_id from workspace_usage where org_id in (select org_id from workspace_bytes where ${unnamed})
    order by org_id for update`.execute(tx);
  const orgIds = locked.rows.map((row) => row.org_id);
  const { rows } = await sql`
    with gone as (
      delete from workspace_bytes where ${unnamed} and org_id = any(${orgIds}) returning org_id, bytes
    )
    update workspace_usage as u set released = u.released - gone.bytes from gone where u.org_id = gone.org_id
    returning 1`.execute(tx);
  if (rows.length === 0) return;
  const left = tx.selectFrom("workspace_bytes").select("org_id").where("digest", "=", digest);
  if ((await left.executeTakeFirst()) === undefined) await remove();
}

async function lockDigest(tx: Kysely<Database>, digest: string): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${digest}, 0))`.execute(tx);
}
