import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import { MAX_LISTED_GRANTS } from "../grant-store.ts";
import type { GrantRecord, GrantStore } from "../grant-store.ts";
import { toInstant } from "../instant.ts";
import { grantAsKept, grantExists, grantGaveWay } from "../kept-grant.ts";
import { isStorableText } from "../storable-text.ts";
import { durably } from "./durably.ts";
import type { Database, GrantsTable } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";

export class PostgresGrantStore implements GrantStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async insert(grant: GrantRecord): Promise<void> {
    await insert(this.#db, grantAsKept(grant));
  }

  async find(orgId: string, grantId: string): Promise<GrantRecord | undefined> {
    if (!isStorableText(orgId) || !isStorableText(grantId)) return undefined;
    const row = await this.#grants(orgId).where("grant_id", "=", grantId).executeTakeFirst();
    return row === undefined ? undefined : toGrant(row);
  }

  async replace(next: GrantRecord, priorId: string, at: string): Promise<void> {
    const kept = grantAsKept(next);
    if (!isStorableText(priorId)) throw grantGaveWay(priorId);
    await durably(this.#db, async (tx) => {
      // The row lock lets one of two that replace the same grant win.
      const { numAffectedRows } = await sql`update grants set revoked_at = ${toInstant(at)}::timestamptz
        where org_id = ${kept.orgId} and grant_id = ${priorId} and revoked_at is null`.execute(tx);
      if (numAffectedRows !== 1n) throw grantGaveWay(priorId);
      await insert(tx, kept);
    });
  }

  async revoke(orgId: string, grantId: string, at: string): Promise<readonly string[]> {
    if (!isStorableText(grantId)) return [];
    return await this.#end(orgId, sql`g.grant_id = ${grantId}`, at);
  }

  async revokeRun(orgId: string, runId: string, at: string): Promise<readonly string[]> {
    if (!isStorableText(runId)) return [];
    return await this.#end(orgId, sql`g.run_id = ${runId}`, at);
  }

  async ofRun(orgId: string, runId: string): Promise<readonly GrantRecord[]> {
    if (!isStorableText(orgId) || !isStorableText(runId)) return [];
    const rows = await this.#grants(orgId)
      .where("run_id", "=", runId)
      .orderBy("issued_at")
      .orderBy("grant_id")
      .limit(MAX_LISTED_GRANTS)
      .execute();
    return rows.map(toGrant);
  }

  async list(
    orgId: string,
    { agentId, valid }: { readonly agentId?: string; readonly valid?: string },
  ): Promise<readonly GrantRecord[]> {
    if (!isStorableText(orgId) || (agentId !== undefined && !isStorableText(agentId))) return [];
    let query = this.#grants(orgId);
    if (agentId !== undefined) query = query.where("agent_id", "=", agentId);
    if (valid !== undefined) query = query.where("revoked_at", "is", null).where("expires_at", ">", toInstant(valid));
    const rows = await query
      .orderBy("issued_at", "desc")
      .orderBy("grant_id", "desc")
      .limit(MAX_LISTED_GRANTS)
      .execute();
    return rows.map(toGrant);
  }

  #grants(orgId: string) {
    return this.#db.selectFrom("grants").selectAll().where("org_id", "=", orgId);
  }

  async #end(orgId: string, isFirst: RawBuilder<unknown>, at: string): Promise<readonly string[]> {
    if (!isStorableText(orgId)) return [];
    const line = lineOf(orgId, isFirst);
    const ended: string[] = [];
    // A statement does not see what was replaced while it waited, nor what was cut until it committed: looked for afterwards.
    do {
      const rows = await durably(this.#db, async (tx) => await endAll(tx, { orgId, line, at: toInstant(at) }));
      ended.push(...rows);
    } while (await hasValid(this.#db, { orgId, line }));
    return ended.sort();
  }
}

/** The grants that end together: those before and after in the line, and all that was cut from them. */
function lineOf(orgId: string, isFirst: RawBuilder<unknown>): RawBuilder<unknown> {
  return sql`recursive line (grant_id, prior_id) as (
    select g.grant_id, g.prior_id from grants g where g.org_id = ${orgId} and ${isFirst}
    union
    select g.grant_id, g.prior_id from grants g join line l
      on g.org_id = ${orgId} and (g.prior_id = l.grant_id or g.parent_id = l.grant_id or g.grant_id = l.prior_id))`;
}

interface Line {
  readonly orgId: string;
  readonly line: RawBuilder<unknown>;
}

async function endAll(
  db: Kysely<Database>,
  { orgId, line, at }: Line & { readonly at: string },
): Promise<readonly string[]> {
  const { rows } = await sql<Pick<GrantsTable, "grant_id">>`with ${line}
    update grants set revoked_at = ${at}::timestamptz
    where org_id = ${orgId} and revoked_at is null and grant_id in (select grant_id from line)
    returning grant_id`.execute(db);
  return rows.map(({ grant_id }) => grant_id);
}

async function hasValid(db: Kysely<Database>, { orgId, line }: Line): Promise<boolean> {
  const { rows } = await sql`with ${line}
    select from grants where org_id = ${orgId} and revoked_at is null and grant_id in (select grant_id from line)
    limit 1`.execute(db);
  return rows.length > 0;
}

async function insert(db: Kysely<Database>, kept: GrantRecord): Promise<void> {
  const { orgId, grantId, runId, agentId, priorId, parentId, issuedAt, expiresAt, revokedAt, ...record } = kept;
  const row: GrantsTable = {
    org_id: orgId,
    grant_id: grantId,
    run_id: runId,
    agent_id: agentId,
    prior_id: priorId ?? null,
    parent_id: parentId ?? null,
    issued_at: issuedAt,
    expires_at: expiresAt,
    revoked_at: revokedAt ?? null,
    record: JSON.stringify(record),
  };
  try {
    await db.insertInto("grants").values(row).execute();
  } catch (error) {
    if (sqlStateOf(error) !== SqlState.UniqueViolation) throw error;
    throw grantExists(grantId, error);
  }
}

function toGrant(row: GrantsTable): GrantRecord {
  // The text was made from these members of a GrantRecord by `insert`.
  const record = JSON.parse(row.record) as Pick<GrantRecord, "scope" | "runDeadline" | "approvalId" | "renewAs">;
  return {
    orgId: row.org_id,
    grantId: row.grant_id,
    runId: row.run_id,
    agentId: row.agent_id,
    ...(row.prior_id === null ? {} : { priorId: row.prior_id }),
    ...(row.parent_id === null ? {} : { parentId: row.parent_id }),
    issuedAt: row.issued_at,
    expiresAt: row.expires_at,
    ...(row.revoked_at === null ? {} : { revokedAt: row.revoked_at }),
    ...record,
  };
}
