import { PlatformError } from "@berth/protocol";
import { sql } from "kysely";
import type { Kysely, Selectable } from "kysely";
import type {
  AgentFilter,
  AgentRecord,
  AgentStore,
  AgentWithRelease,
  PublishedAgent,
  ReleaseRecord,
  Route,
} from "../agent-store.ts";
import { agentTerms, termsOfFilter } from "../agent-terms.ts";
import { boundPageSize, decodePageToken, encodePageToken, isTextPart } from "../page-token.ts";
import { allTo, publishedOver } from "../agent-traffic.ts";
import type { AgentTraffic, ReleaseTally } from "../agent-traffic.ts";
import { checkPublish, checkRoute, copyOfRelease, releaseConflict, routeConflict } from "../publish.ts";
import { isStorableText } from "../storable-text.ts";
import { durably } from "./durably.ts";
import type { Database } from "./schema.ts";
import { SqlState, sqlStateOf } from "./store-error.ts";

const MAX_RELEASES = 1000;

export class PostgresAgentStore implements AgentStore {
  readonly #db: Kysely<Database>;
  readonly #now: () => Date;

  constructor(db: Kysely<Database>, now: () => Date) {
    this.#db = db;
    this.#now = now;
  }

  async publish(agent: PublishedAgent, release: ReleaseRecord): Promise<AgentWithRelease> {
    checkPublish(agent, release);
    try {
      return await durably(this.#db, async (tx) => {
        const saved = await saveRelease(tx, agent.name, copyOfRelease(release));
        return { agent: await moveAgent(tx, agent, this.#now().toISOString()), release: saved };
      });
    } catch (error) {
      if (sqlStateOf(error) !== SqlState.UniqueViolation) throw error;
      throw new PlatformError("STORE_CONFLICT", `The name ${agent.name} belongs to another agent.`, { cause: error });
    }
  }

  async addRelease(agentName: string, release: ReleaseRecord): Promise<void> {
    await durably(this.#db, async (tx) => {
      const agent = await lockAgent(tx, release.orgId, release.agentId);
      if (agent === undefined || agent.removed_at !== null) throw routeConflict();
      await saveRelease(tx, agentName, copyOfRelease(release));
    });
  }

  async route(orgId: string, agentId: string, route: Route): Promise<AgentWithRelease> {
    checkRoute(route);
    const { expectedVersion, activeReleaseId, traffic } = route;
    return await durably(this.#db, async (tx) => {
      const release = await findRelease(tx, orgId, activeReleaseId);
      if (release?.agentId !== agentId) throw routeConflict();
      const row = await tx
        .updateTable("agents")
        .set({
          active_release_id: activeReleaseId,
          version: expectedVersion + 1,
          traffic: JSON.stringify(traffic),
          canary: traffic.canary !== undefined,
          updated_at: this.#now().toISOString(),
        })
        .where("org_id", "=", orgId)
        .where("agent_id", "=", agentId)
        .where("version", "=", expectedVersion)
        .where("removed_at", "is", null)
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) throw routeConflict();
      return { agent: toAgent(row), release };
    });
  }

  async withCanary(): Promise<readonly AgentRecord[]> {
    const rows = await this.#db
      .selectFrom("agents")
      .selectAll()
      .where("canary", "=", true)
      .where("removed_at", "is", null)
      .execute();
    return rows.map(toAgent);
  }

  async keepTallies(tallies: readonly ReleaseTally[]): Promise<void> {
    if (tallies.length === 0) return;
    await this.#db
      .insertInto("release_tallies")
      .values(
        tallies.map((tally) => ({
          org_id: tally.orgId,
          release_id: tally.releaseId,
          agent_id: tally.agentId,
          record: JSON.stringify(tally),
        })),
      )
      .onConflict((conflict) =>
        conflict.columns(["org_id", "release_id"]).doUpdateSet({ record: sql<string>`excluded.record` }),
      )
      .execute();
  }

  async tallies(orgId: string, agentId: string): Promise<readonly ReleaseTally[]> {
    const rows = await this.#db
      .selectFrom("release_tallies")
      .select("record")
      .where("org_id", "=", orgId)
      .where("agent_id", "=", agentId)
      .execute();
    // The text was made from a ReleaseTally by `keepTallies`.
    return rows.map(({ record }) => JSON.parse(record) as ReleaseTally);
  }

  async find(orgId: string, name: string): Promise<AgentWithRelease | undefined> {
    if (!isStorableText(orgId) || !isStorableText(name)) return undefined;
    const row = await this.#published(orgId).where("agents.name", "=", name).executeTakeFirst();
    return row === undefined ? undefined : toAgentWithRelease(row);
  }

  async findById(orgId: string, agentId: string): Promise<AgentWithRelease | undefined> {
    if (!isStorableText(orgId) || !isStorableText(agentId)) return undefined;
    const row = await this.#published(orgId).where("agents.agent_id", "=", agentId).executeTakeFirst();
    return row === undefined ? undefined : toAgentWithRelease(row);
  }

  async findRelease(orgId: string, releaseId: string): Promise<ReleaseRecord | undefined> {
    if (!isStorableText(orgId) || !isStorableText(releaseId)) return undefined;
    return await findRelease(this.#db, orgId, releaseId);
  }

  async hasDigest(digest: string): Promise<boolean> {
    if (!isStorableText(digest)) return false;
    const row = await this.#db
      .selectFrom("releases")
      .select("release_id")
      .where("digest", "=", digest)
      .limit(1)
      .executeTakeFirst();
    return row !== undefined;
  }

  async releases(orgId: string, agentId: string): Promise<readonly ReleaseRecord[]> {
    const rows = await this.#db
      .selectFrom("releases")
      .select("record")
      .where("org_id", "=", orgId)
      .where("agent_id", "=", agentId)
      .orderBy("created_at", "desc")
      .orderBy("release_id", "desc")
      .limit(MAX_RELEASES)
      .execute();
    return rows.map((row) => toRelease(row.record));
  }

  async list(
    filter: AgentFilter,
    page: { readonly size: number; readonly token?: string },
  ): Promise<{ readonly agents: readonly AgentWithRelease[]; readonly nextPageToken?: string }> {
    const { orgId, name, kind } = filter;
    const { tags, skill, text } = termsOfFilter(filter);
    if (name !== undefined && !isStorableText(name)) return { agents: [] };
    const size = boundPageSize(page.size);
    let query = this.#published(orgId);
    if (name !== undefined) query = query.where("agents.name", "=", name);
    if (kind !== undefined) query = query.where("agents.kind", "=", kind);
    if (tags.length > 0) query = query.where(sql<boolean>`releases.tags @> ${tags}::text[]`);
    if (skill !== undefined) query = query.where(sql<boolean>`${skill} = any(releases.skills)`);
    if (text !== undefined) query = query.where(sql<boolean>`strpos(releases.search_text, ${text}) > 0`);
    if (page.token !== undefined) {
      const [from = ""] = decodePageToken("agents", page.token, [isTextPart]);
      query = query.where("agents.name", ">", from);
    }
    const rows = await query
      .orderBy("agents.name")
      .limit(size + 1)
      .execute();
    const agents = rows.slice(0, size).map(toAgentWithRelease);
    const last = agents.at(-1);
    const more = rows.length > size && last !== undefined;
    return { agents, ...(more ? { nextPageToken: encodePageToken("agents", [last.agent.name]) } : {}) };
  }

  async remove(orgId: string, name: string): Promise<boolean> {
    if (!isStorableText(orgId) || !isStorableText(name)) return false;
    const { numUpdatedRows } = await this.#db
      .updateTable("agents")
      .set({ removed_at: this.#now().toISOString() })
      .where("org_id", "=", orgId)
      .where("name", "=", name)
      .where("removed_at", "is", null)
      .executeTakeFirst();
    return numUpdatedRows > 0n;
  }

  #published(orgId: string) {
    return this.#db
      .selectFrom("agents")
      .innerJoin("releases", (join) =>
        join
          .onRef("releases.org_id", "=", "agents.org_id")
          .onRef("releases.release_id", "=", "agents.active_release_id"),
      )
      .select([...AGENT_COLUMNS, "releases.record"])
      .where("agents.org_id", "=", orgId)
      .where("agents.removed_at", "is", null);
  }
}

const AGENT_COLUMNS = [
  "agents.org_id",
  "agents.agent_id",
  "agents.name",
  "agents.kind",
  "agents.active_release_id",
  "agents.version",
  "agents.traffic",
  "agents.created_at",
  "agents.updated_at",
] as const;

type AgentRow = Omit<Selectable<Database["agents"]>, "removed_at" | "canary">;

/** Saved once; publishing a release again (a rollback) finds it. */
async function saveRelease(tx: Kysely<Database>, name: string, release: ReleaseRecord): Promise<ReleaseRecord> {
  const { orgId, releaseId, agentId, digest, createdAt } = release;
  const { tags, skills, text } = agentTerms(name, release);
  await tx
    .insertInto("releases")
    .values({
      org_id: orgId,
      release_id: releaseId,
      agent_id: agentId,
      digest,
      created_at: createdAt,
      tags,
      skills,
      search_text: text,
      record: JSON.stringify(release),
    })
    .onConflict((conflict) => conflict.columns(["org_id", "release_id"]).doNothing())
    .execute();
  const saved = await findRelease(tx, orgId, releaseId);
  if (saved?.agentId !== agentId || saved.digest !== digest) throw releaseConflict(release);
  return saved;
}

async function moveAgent(tx: Kysely<Database>, agent: PublishedAgent, at: string): Promise<AgentRecord> {
  const { orgId, agentId, name, kind, activeReleaseId } = agent;
  const locked = await lockAgent(tx, orgId, agentId);
  const before = locked === undefined ? undefined : toAgent(locked);
  const traffic = JSON.stringify(publishedOver(before, activeReleaseId, at));
  const version = (before?.version ?? 0) + 1;
  const moved = { name, kind, active_release_id: activeReleaseId, version, traffic, canary: false, updated_at: at };
  const row = await tx
    .insertInto("agents")
    .values({ org_id: orgId, agent_id: agentId, created_at: at, removed_at: null, ...moved })
    .onConflict((conflict) =>
      conflict.columns(["org_id", "agent_id"]).doUpdateSet(moved).where("agents.removed_at", "is", null),
    )
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw new PlatformError("STORE_CONFLICT", `Agent ${name} was removed.`);
  return toAgent(row);
}

/** Others who publish it or move its traffic wait until this transaction is over. */
async function lockAgent(tx: Kysely<Database>, orgId: string, agentId: string) {
  return await tx
    .selectFrom("agents")
    .selectAll()
    .where("org_id", "=", orgId)
    .where("agent_id", "=", agentId)
    .forUpdate()
    .executeTakeFirst();
}

async function findRelease(db: Kysely<Database>, orgId: string, releaseId: string): Promise<ReleaseRecord | undefined> {
  const row = await db
    .selectFrom("releases")
    .select("record")
    .where("org_id", "=", orgId)
    .where("release_id", "=", releaseId)
    .executeTakeFirst();
  return row === undefined ? undefined : toRelease(row.record);
}

function toRelease(record: string): ReleaseRecord {
  // The text was made from a ReleaseRecord by `saveRelease`.
  return JSON.parse(record) as ReleaseRecord;
}

function toAgent(row: AgentRow): AgentRecord {
  return {
    orgId: row.org_id,
    agentId: row.agent_id,
    name: row.name,
    kind: row.kind,
    activeReleaseId: row.active_release_id,
    version: row.version,
    // The text was made from an AgentTraffic by `moveAgent` or `route`; agents from before have none.
    traffic: row.traffic === null ? allTo(row.active_release_id) : (JSON.parse(row.traffic) as AgentTraffic),
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

function toAgentWithRelease(row: AgentRow & { record: string }): AgentWithRelease {
  return { agent: toAgent(row), release: toRelease(row.record) };
}
