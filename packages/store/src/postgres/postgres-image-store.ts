import { sql } from "kysely";
import type { Kysely, RawBuilder } from "kysely";
import { MAX_REFERRERS } from "../image-store.ts";
import type {
  ImageStore,
  ImageUsage,
  ManifestInfo,
  NamePage,
  Referrer,
  RepositoryInfo,
  StoredManifest,
} from "../image-store.ts";
import { toInstant } from "../instant.ts";
import { manifestAsKept } from "../kept-images.ts";
import { boundPageSize } from "../page-token.ts";
import { isStorableText, requireStorableText } from "../storable-text.ts";
import { durably } from "./durably.ts";
import { INFO_COLUMNS, toInfo, toManifest, toReferrerOf } from "./image-rows.ts";
import type { InfoRow } from "./image-rows.ts";
import type { Database } from "./schema.ts";
import { unnest } from "./unnest.ts";

export class PostgresImageStore implements ImageStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async putManifest(manifest: StoredManifest, tag?: string): Promise<readonly string[]> {
    const kept = manifestAsKept(manifest, tag);
    const { orgId, repository, digest, references } = kept;
    return await durably(this.#db, async (tx) => {
      // Locked until the manifest names them: `collect` waits, and then looks again.
      const { rows } = await sql<{ digest: string }>`
        select digest from image_blobs
          where org_id = ${orgId} and repository = ${repository} and digest = any(${references}::text[])
          order by digest for share`.execute(tx);
      const named = await sql<{ digest: string }>`
        select digest from image_manifests
          where org_id = ${orgId} and repository = ${repository} and digest = any(${references}::text[])`.execute(tx);
      const there = new Set([...rows, ...named.rows].map((row) => row.digest));
      const missing = references.filter((reference) => !there.has(reference));
      if (missing.length > 0) return missing;
      await tx
        .insertInto("image_manifests")
        .values({
          org_id: orgId,
          repository,
          digest,
          media_type: kept.mediaType,
          artifact_type: kept.artifactType ?? null,
          subject: kept.subject ?? null,
          bytes: Buffer.from(kept.bytes),
          refs: references,
          annotations: kept.annotations === undefined ? null : JSON.stringify(kept.annotations),
          created_at: kept.createdAt,
        })
        .onConflict((conflict) => conflict.columns(["org_id", "repository", "digest"]).doNothing())
        .execute();
      if (tag !== undefined) {
        await tx
          .insertInto("image_tags")
          .values({ org_id: orgId, repository, tag, digest })
          .onConflict((conflict) => conflict.columns(["org_id", "repository", "tag"]).doUpdateSet({ digest }))
          .execute();
      }
      return [];
    });
  }

  async manifest(orgId: string, repository: string, reference: string): Promise<StoredManifest | undefined> {
    if (![orgId, repository, reference].every(isStorableText)) return undefined;
    const row = await this.#db
      .selectFrom("image_manifests")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("repository", "=", repository)
      .where(
        "digest",
        "=",
        sql<string>`coalesce((select digest from image_tags
          where org_id = ${orgId} and repository = ${repository} and tag = ${reference}), ${reference})`,
      )
      .executeTakeFirst();
    return row === undefined ? undefined : toManifest(row);
  }

  async repositoryOf(orgId: string, digest: string): Promise<string | undefined> {
    if (![orgId, digest].every(isStorableText)) return undefined;
    const row = await this.#db
      .selectFrom("image_manifests")
      .select("repository")
      .where("org_id", "=", orgId)
      .where("digest", "=", digest)
      .limit(1)
      .executeTakeFirst();
    return row?.repository;
  }

  async manifests(orgId: string, repository: string, limit: number): Promise<readonly ManifestInfo[]> {
    if (![orgId, repository].every(isStorableText)) return [];
    const { rows } = await sql<InfoRow>`
      select ${INFO_COLUMNS} from image_manifests m where m.org_id = ${orgId} and m.repository = ${repository}
        order by m.created_at desc, m.digest limit ${boundPageSize(limit)}`.execute(this.#db);
    return rows.map(toInfo);
  }

  async deleteManifest(orgId: string, repository: string, digest: string): Promise<boolean> {
    if (![orgId, repository, digest].every(isStorableText)) return false;
    return await durably(this.#db, async (tx) => {
      await tx
        .deleteFrom("image_tags")
        .where("org_id", "=", orgId)
        .where("repository", "=", repository)
        .where("digest", "=", digest)
        .execute();
      const { numDeletedRows } = await tx
        .deleteFrom("image_manifests")
        .where("org_id", "=", orgId)
        .where("repository", "=", repository)
        .where("digest", "=", digest)
        .executeTakeFirst();
      return numDeletedRows > 0n;
    });
  }

  async deleteTag(orgId: string, repository: string, tag: string): Promise<boolean> {
    if (![orgId, repository, tag].every(isStorableText)) return false;
    const { numDeletedRows } = await this.#db
      .deleteFrom("image_tags")
      .where("org_id", "=", orgId)
      .where("repository", "=", repository)
      .where("tag", "=", tag)
      .executeTakeFirst();
    return numDeletedRows > 0n;
  }

  async tags(orgId: string, repository: string, { size, last = "" }: NamePage): Promise<readonly string[]> {
    if (![orgId, repository, last].every(isStorableText)) return [];
    const rows = await this.#db
      .selectFrom("image_tags")
      .select("tag")
      .where("org_id", "=", orgId)
      .where("repository", "=", repository)
      .where("tag", ">", last)
      .orderBy("tag")
      .limit(boundPageSize(size))
      .execute();
    return rows.map(({ tag }) => tag);
  }

  async repositories(
    orgId: string,
    { size, last = "", under }: NamePage & { readonly under?: readonly string[] },
  ): Promise<readonly RepositoryInfo[]> {
    if (![orgId, last].every(isStorableText)) return [];
    const { rows } = await sql<RepositoryInfo>`
      select m.repository, count(*)::int4 as manifests, (select count(*)::int4 from image_tags t
          where t.org_id = m.org_id and t.repository = m.repository) as tags
        from image_manifests m where m.org_id = ${orgId} and m.repository > ${last} and ${belowAny(under)}
        group by m.org_id, m.repository order by m.repository limit ${boundPageSize(size)}`.execute(this.#db);
    return rows.map(({ repository, tags, manifests }) => ({ repository, tags, manifests }));
  }

  async referrers(orgId: string, repository: string, subject: string): Promise<readonly Referrer[]> {
    if (![orgId, repository, subject].every(isStorableText)) return [];
    const rows = await this.#db
      .selectFrom("image_manifests")
      .select(["digest", "media_type", "artifact_type", "annotations"])
      .select(sql<number>`octet_length(bytes)`.as("size"))
      .where("org_id", "=", orgId)
      .where("repository", "=", repository)
      .where("subject", "=", subject)
      .orderBy("created_at")
      .orderBy("digest")
      .limit(MAX_REFERRERS)
      .execute();
    return rows.map(toReferrerOf);
  }

  async linkBlob(
    orgId: string,
    repository: string,
    digest: string,
    { bytes, at }: { readonly bytes: number; readonly at: string },
  ): Promise<void> {
    requireStorableText({ orgId, repository, digest });
    const changing = { bytes, linked_at: toInstant(at) };
    await durably(this.#db, async (tx) => {
      await tx
        .insertInto("image_blobs")
        .values({ org_id: orgId, repository, digest, ...changing })
        .onConflict((conflict) => conflict.columns(["org_id", "repository", "digest"]).doUpdateSet(changing))
        .execute();
    });
  }

  async hasBlob(orgId: string, digest: string, repository?: string): Promise<boolean> {
    if (![orgId, digest, repository ?? ""].every(isStorableText)) return false;
    let query = this.#db
      .selectFrom("image_blobs")
      .select("digest")
      .where("org_id", "=", orgId)
      .where("digest", "=", digest);
    if (repository !== undefined) query = query.where("repository", "=", repository);
    return (await query.limit(1).executeTakeFirst()) !== undefined;
  }

  async unlinkBlob(orgId: string, repository: string, digest: string): Promise<"removed" | "absent" | "named"> {
    if (![orgId, repository, digest].every(isStorableText)) return "absent";
    return await durably(this.#db, async (tx) => {
      const own = sql`org_id = ${orgId} and repository = ${repository} and digest = ${digest}`;
      const { rows } = await sql`select digest from image_blobs where ${own} for update`.execute(tx);
      if (rows.length === 0) return "absent";
      const { numAffectedRows = 0n } = await sql`delete from image_blobs b where ${own} and ${UNNAMED}`.execute(tx);
      return numAffectedRows > 0n ? "removed" : "named";
    });
  }

  async usage(orgId: string): Promise<ImageUsage> {
    if (!isStorableText(orgId)) return { bytes: 0, manifests: 0 };
    const { rows } = await sql<{ blobs: number; own: number; manifests: number }>`select
      (select coalesce(sum(bytes), 0)::int8
        from (select distinct digest, bytes from image_blobs where org_id = ${orgId}) b) as blobs,
      (select coalesce(sum(octet_length(bytes)), 0)::int8 from image_manifests where org_id = ${orgId}) as own,
      (select count(*)::int8 from image_manifests where org_id = ${orgId}) as manifests`.execute(this.#db);
    const { blobs = 0, own = 0, manifests = 0 } = rows[0] ?? {};
    return { bytes: blobs + own, manifests };
  }

  async reserveBlob(digest: string, at: string): Promise<void> {
    await this.linkBlob(NOBODY, "", digest, { bytes: 0, at });
  }

  async collect(before: string, limit: number, remove: (digest: string) => Promise<unknown>): Promise<number> {
    return await durably(this.#db, async (tx) => {
      const { rows } = await sql<{ orgId: string; repository: string; digest: string }>`
        select b.org_id as "orgId", b.repository, b.digest from image_blobs b
          where b.linked_at < ${toInstant(before)} and ${UNNAMED}
          order by b.linked_at limit ${limit} for update skip locked`.execute(tx);
      if (rows.length === 0) return 0;
      const links = unnest(
        rows.map(({ orgId, repository, digest }) => [orgId, repository, digest]),
        ["text", "text", "text"],
      );
      // A new look, now that they are locked: a manifest may have come between that names one.
      const gone = await sql<{ digest: string }>`
        delete from image_blobs b using ${links} as c (org_id, repository, digest)
          where b.org_id = c.org_id and b.repository = c.repository and b.digest = c.digest and ${UNNAMED}
          returning b.digest`.execute(tx);
      const digests = [...new Set(gone.rows.map(({ digest }) => digest))];
      const orphans = await sql<{ digest: string }>`
        select d as digest from unnest(${digests}::text[]) as a (d)
          where not exists (select from image_blobs b where b.digest = a.d)`.execute(tx);
      for (const { digest } of orphans.rows) await remove(digest);
      return gone.rows.length;
    });
  }
}

/** Has what is reserved. */
const NOBODY = "";

/** Of the link `b`: no manifest of its repository needs it. */
const UNNAMED = sql`not exists (select from image_manifests m
  where m.org_id = b.org_id and m.repository = b.repository and m.refs @> array[b.digest])`;

function belowAny(under: readonly string[] | undefined): RawBuilder<unknown> {
  if (under === undefined) return sql`true`;
  // Compared, not matched: a name may hold what means something in a pattern.
  return sql`exists (select from unnest(${under.filter(isStorableText)}::text[]) as t (top)
    where m.repository = t.top or starts_with(m.repository, t.top || '/'))`;
}
