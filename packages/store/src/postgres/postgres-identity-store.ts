import { PlatformError } from "@berth/protocol";
import { sql } from "kysely";
import type { Kysely } from "kysely";
import type {
  IdentityStore,
  IssuerRecord,
  MembershipRecord,
  OrganizationRecord,
  SessionRecord,
  UserRecord,
} from "../identity-store.ts";
import { isActiveOwner, membershipAsKept, organizationAsKept, userAsKept } from "../kept-identities.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import { durably } from "./durably.ts";
import { PostgresIssuers } from "./postgres-issuers.ts";
import { PostgresSessions } from "./postgres-sessions.ts";
import type { MembershipsTable, UsersTable } from "./identity-tables.ts";
import type { Database } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";

const MAX_LISTED = 10_000;

export class PostgresIdentityStore implements IdentityStore {
  readonly #db: Kysely<Database>;
  readonly #sessions: PostgresSessions;
  readonly #issuers: PostgresIssuers;

  constructor(db: Kysely<Database>) {
    this.#db = db;
    this.#sessions = new PostgresSessions(db);
    this.#issuers = new PostgresIssuers(db);
  }

  async insertOrganization(organization: OrganizationRecord): Promise<void> {
    const { orgId, name, createdAt } = organizationAsKept(organization);
    await unique(`There is an organization ${orgId} already.`, async () => {
      await this.#db.insertInto("organizations").values({ org_id: orgId, name, created_at: createdAt }).execute();
    });
  }

  async renameOrganization(orgId: string, name: string): Promise<boolean> {
    requireStorableText({ name });
    if (!isStorableText(orgId)) return false;
    const { numUpdatedRows } = await this.#db
      .updateTable("organizations")
      .set({ name })
      .where("org_id", "=", orgId)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  async organization(orgId: string): Promise<OrganizationRecord | undefined> {
    if (!isStorableText(orgId)) return undefined;
    const row = await this.#db.selectFrom("organizations").selectAll().where("org_id", "=", orgId).executeTakeFirst();
    return row === undefined ? undefined : { orgId: row.org_id, name: row.name, createdAt: row.created_at };
  }

  async organizations(): Promise<readonly OrganizationRecord[]> {
    const query = this.#db.selectFrom("organizations").selectAll().orderBy("created_at").orderBy("org_id");
    const rows = await query.limit(MAX_LISTED).execute();
    return rows.map((row) => ({ orgId: row.org_id, name: row.name, createdAt: row.created_at }));
  }

  async insertUser(user: UserRecord): Promise<void> {
    const kept = userAsKept(user);
    await unique("The id, the email or an identity belongs to another user.", async () => {
      await durably(this.#db, async (tx) => {
        await tx.insertInto("users").values(toRow(kept)).execute();
        await insertIdentities(tx, kept);
      });
    });
  }

  async updateUser(user: UserRecord): Promise<void> {
    const kept = userAsKept(user);
    await unique("The email or an identity belongs to another user.", async () => {
      await durably(this.#db, async (tx) => {
        const { numUpdatedRows } = await tx
          .updateTable("users")
          .set(toRow(kept))
          .where("user_id", "=", kept.userId)
          .executeTakeFirst();
        if (numUpdatedRows === 0n) throw new PlatformError("USER_NOT_FOUND", "There is no such user.");
        await tx.deleteFrom("user_identities").where("user_id", "=", kept.userId).execute();
        await insertIdentities(tx, kept);
      });
    });
  }

  async removeUser(userId: string): Promise<boolean> {
    if (!isStorableText(userId)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("users")
      .where("user_id", "=", userId)
      .where(sql<boolean>`not exists (select 1 from memberships m where m.user_id = users.user_id)`)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async user(userId: string): Promise<UserRecord | undefined> {
    return await this.#userWhere("user_id", userId);
  }

  async userByEmail(email: string): Promise<UserRecord | undefined> {
    return await this.#userWhere("email", email);
  }

  async userByIdentity(identity: string): Promise<UserRecord | undefined> {
    if (!isStorableText(identity)) return undefined;
    const row = await this.#db
      .selectFrom("user_identities")
      .select("user_id")
      .where("identity", "=", identity)
      .executeTakeFirst();
    return row === undefined ? undefined : await this.user(row.user_id);
  }

  async #userWhere(column: "user_id" | "email", value: string): Promise<UserRecord | undefined> {
    if (!isStorableText(value)) return undefined;
    const row = await this.#db.selectFrom("users").selectAll().where(column, "=", value).executeTakeFirst();
    if (row === undefined) return undefined;
    const identities = await this.#db
      .selectFrom("user_identities")
      .select("identity")
      .where("user_id", "=", row.user_id)
      .orderBy("identity")
      .execute();
    return toUser(
      row,
      identities.map(({ identity }) => identity),
    );
  }

  async setMembership(membership: MembershipRecord): Promise<void> {
    const kept = membershipAsKept(membership);
    const { orgId, userId, role, createdAt, disabledAt } = kept;
    const change = { role, created_at: createdAt, disabled_at: disabledAt ?? null };
    await durably(this.#db, async (tx) => {
      if (!isActiveOwner(kept)) await assertOtherOwner(tx, orgId, userId);
      await tx
        .insertInto("memberships")
        .values({ org_id: orgId, user_id: userId, ...change })
        .onConflict((conflict) => conflict.columns(["org_id", "user_id"]).doUpdateSet(change))
        .execute();
    });
  }

  async removeMembership(orgId: string, userId: string): Promise<boolean> {
    if (!isStorableText(orgId) || !isStorableText(userId)) return false;
    return await durably(this.#db, async (tx) => {
      await assertOtherOwner(tx, orgId, userId);
      const { numDeletedRows } = await tx
        .deleteFrom("memberships")
        .where("org_id", "=", orgId)
        .where("user_id", "=", userId)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    });
  }

  async membership(orgId: string, userId: string): Promise<MembershipRecord | undefined> {
    if (!isStorableText(orgId) || !isStorableText(userId)) return undefined;
    const row = await this.#db
      .selectFrom("memberships")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("user_id", "=", userId)
      .executeTakeFirst();
    return row === undefined ? undefined : toMembership(row);
  }

  async members(orgId: string): Promise<readonly (MembershipRecord & { readonly user: UserRecord })[]> {
    const rows = await this.#db
      .selectFrom("memberships as m")
      .innerJoin("users as u", "u.user_id", "m.user_id")
      .select(["m.org_id", "m.user_id", "m.role", "m.created_at", "m.disabled_at"])
      .select(["u.email", "u.name", "u.password_hash", "u.created_at as user_created_at"])
      .select(identitiesOfUser)
      .where("m.org_id", "=", orgId)
      .orderBy("u.email")
      .limit(MAX_LISTED)
      .execute();
    return rows.map((row) => ({
      ...toMembership(row),
      user: toUser({ ...row, created_at: row.user_created_at }, row.identities),
    }));
  }

  async memberships(userId: string): Promise<readonly MembershipRecord[]> {
    const rows = await this.#db
      .selectFrom("memberships")
      .selectAll()
      .where("user_id", "=", userId)
      .orderBy("created_at")
      .orderBy("org_id")
      .limit(MAX_LISTED)
      .execute();
    return rows.map(toMembership);
  }

  async insertSession(session: SessionRecord): Promise<void> {
    await unique("There is a session of this id already.", async () => await this.#sessions.insert(session));
  }

  async session(tokenHash: string): Promise<SessionRecord | undefined> {
    return await this.#sessions.find(tokenHash);
  }

  async touchSession(sessionId: string, at: string): Promise<void> {
    await this.#sessions.touch(sessionId, at);
  }

  async sessions(principalId: string): Promise<readonly SessionRecord[]> {
    return await this.#sessions.list(principalId, MAX_LISTED);
  }

  async removeSession(sessionId: string): Promise<boolean> {
    return await this.#sessions.remove(sessionId);
  }

  async removeSessionsOf(principalId: string, orgId?: string): Promise<readonly string[]> {
    return await this.#sessions.removeOf(principalId, orgId);
  }

  async removeExpiredSessions(at: string): Promise<number> {
    return await this.#sessions.removeExpired(at);
  }

  async insertIssuer(issuer: IssuerRecord): Promise<void> {
    await unique(`There is an issuer ${issuer.issuerId} already.`, async () => await this.#issuers.insert(issuer));
  }

  async issuers(orgId?: string): Promise<readonly IssuerRecord[]> {
    return await this.#issuers.list(orgId, MAX_LISTED);
  }

  async useToken(tokenHash: string, expiresAt: string): Promise<boolean> {
    return await this.#issuers.useToken(tokenHash, expiresAt);
  }

  async forgetUsedTokens(at: string): Promise<number> {
    return await this.#issuers.forgetUsedTokens(at);
  }

  async removeIssuer(orgId: string, issuerId: string): Promise<boolean> {
    return await this.#issuers.remove(orgId, issuerId);
  }
}

const identitiesOfUser = sql<readonly string[]>`array(
  select i.identity from user_identities i where i.user_id = u.user_id order by i.identity)`.as("identities");

/** The organization's row is what those who change its owners wait for. */
async function assertOtherOwner(tx: Kysely<Database>, orgId: string, userId: string): Promise<void> {
  await sql`select 1 from organizations where org_id = ${orgId} for update`.execute(tx);
  const owners = await tx
    .selectFrom("memberships")
    .select("user_id")
    .where("org_id", "=", orgId)
    .where("role", "=", "owner")
    .where("disabled_at", "is", null)
    .limit(2)
    .execute();
  if (owners.length !== 1 || owners[0]?.user_id !== userId) return;
  throw new PlatformError("STORE_CONFLICT", "An organization keeps its last owner.");
}

async function insertIdentities(tx: Kysely<Database>, { userId, identities }: UserRecord): Promise<void> {
  if (identities.length === 0) return;
  const rows = identities.map((identity) => ({ identity, user_id: userId }));
  await tx.insertInto("user_identities").values(rows).execute();
}

async function unique(message: string, write: () => Promise<void>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if (sqlStateOf(error) !== SqlState.UniqueViolation) throw error;
    throw new PlatformError("STORE_CONFLICT", message, { cause: error });
  }
}

function toRow({ userId, email, name, passwordHash, createdAt }: UserRecord): UsersTable {
  return { user_id: userId, email, name, password_hash: passwordHash ?? null, created_at: createdAt };
}

function toUser(row: UsersTable, identities: readonly string[]): UserRecord {
  return {
    userId: row.user_id,
    email: row.email,
    name: row.name,
    ...(row.password_hash === null ? {} : { passwordHash: row.password_hash }),
    identities,
    createdAt: row.created_at,
  };
}

function toMembership(row: MembershipsTable): MembershipRecord {
  return {
    orgId: row.org_id,
    userId: row.user_id,
    role: row.role,
    createdAt: row.created_at,
    ...(row.disabled_at === null ? {} : { disabledAt: row.disabled_at }),
  };
}
