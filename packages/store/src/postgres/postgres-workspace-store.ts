import type { Kysely } from "kysely";
import { boundPageSize } from "../page-token.ts";
import { isStorableText } from "../storable-text.ts";
import {
  NO_USAGE,
  assertQuota,
  assertVersion,
  endOfPrefix,
  fileAsKept,
  isStorableFile,
  isStorablePath,
  reservationAsKept,
  withNewest,
  withRenamed,
} from "../workspace-file.ts";
import { MAX_HISTORY, MAX_VERSIONS } from "../workspace-store.ts";
import type {
  FileVersion,
  PendingOutputs,
  PutConditions,
  Reservation,
  WorkspaceQuota,
  WorkspaceStore,
  WorkspaceUsage,
} from "../workspace-store.ts";
import { durably } from "./durably.ts";
import type { Database, WorkspaceFilesTable } from "./schema.ts";
import { collectBytes, lockUsage, nameBytes, removeVersions, reserveBytes } from "./workspace-bytes.ts";

export class PostgresWorkspaceStore implements WorkspaceStore {
  readonly #db: Kysely<Database>;

  constructor(db: Kysely<Database>) {
    this.#db = db;
  }

  async reserve(bytes: Reservation, quota?: WorkspaceQuota): Promise<void> {
    const kept = reservationAsKept(bytes);
    await durably(this.#db, async (tx) => await reserveBytes(tx, kept, quota));
  }

  async put(file: Omit<FileVersion, "version">, conditions: PutConditions = {}): Promise<FileVersion> {
    const kept = fileAsKept(file);
    const { orgId, path, digest, at } = kept;
    const { expectedVersion, quota, keepVersions = MAX_VERSIONS } = conditions;
    return await durably(this.#db, async (tx) => {
      const usage = await lockUsage(tx, orgId);
      const row = await tx
        .selectFrom("workspace_files")
        .selectAll()
        .where("org_id", "=", orgId)
        .where("path", "=", path)
        .executeTakeFirst();
      const before = row === undefined ? undefined : toFile(row);
      assertVersion(expectedVersion, before?.version ?? 0);
      const written: FileVersion = { ...kept, version: (before?.version ?? 0) + 1 };
      const next = toRow(written);
      await tx.insertInto("workspace_versions").values(next).execute();
      await tx
        .insertInto("workspace_files")
        .values(next)
        .onConflict((conflict) => conflict.columns(["org_id", "path"]).doUpdateSet(next))
        .execute();
      const named = digest === undefined ? [] : [await nameBytes(tx, { orgId, digest, at })];
      const removed = await removeVersions(tx, { orgId, path, upTo: written.version - keepVersions, at });
      const after = [...named, ...removed].reduce(withRenamed, withNewest(usage, before, kept));
      assertQuota(usage, after, quota);
      await tx.updateTable("workspace_usage").set(after).where("org_id", "=", orgId).execute();
      return written;
    });
  }

  async find(orgId: string, path: string, version?: number): Promise<FileVersion | undefined> {
    if (!isStorableFile(orgId, path)) return undefined;
    let query = this.#db.selectFrom(version === undefined ? "workspace_files" : "workspace_versions").selectAll();
    if (version !== undefined) query = query.where("version", "=", version);
    const row = await query.where("org_id", "=", orgId).where("path", "=", path).executeTakeFirst();
    return row === undefined ? undefined : toFile(row);
  }

  async list(
    orgId: string,
    page: { readonly prefix: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly FileVersion[]> {
    const { prefix, after } = page;
    if (!isStorableFile(orgId, prefix) || (after !== undefined && !isStorablePath(after))) return [];
    let query = this.#db
      .selectFrom("workspace_files")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("digest", "is not", null)
      .where("path", ">=", prefix);
    const end = endOfPrefix(prefix);
    if (end !== undefined) query = query.where("path", "<", end);
    if (after !== undefined) query = query.where("path", ">", after);
    const rows = await query.orderBy("path").limit(boundPageSize(page.limit)).execute();
    return rows.map(toFile);
  }

  async history(orgId: string, path: string, limit: number): Promise<readonly FileVersion[]> {
    if (!isStorableFile(orgId, path)) return [];
    const rows = await this.#db
      .selectFrom("workspace_versions")
      .selectAll()
      .where("org_id", "=", orgId)
      .where("path", "=", path)
      .orderBy("version", "desc")
      .limit(Math.min(Math.max(0, limit), MAX_HISTORY))
      .execute();
    return rows.map(toFile);
  }

  async usage(orgId: string): Promise<WorkspaceUsage> {
    if (!isStorableText(orgId)) return NO_USAGE;
    const query = this.#db.selectFrom("workspace_usage").select(["files", "bytes", "released"]);
    return (await query.where("org_id", "=", orgId).executeTakeFirst()) ?? NO_USAGE;
  }

  async collectable(before: string, limit: number): Promise<readonly string[]> {
    const rows = await this.#db
      .selectFrom("workspace_bytes")
      .select("digest")
      .where("versions", "=", 0)
      .where("touched_at", "<", before)
      .orderBy("touched_at")
      .limit(boundPageSize(limit))
      .execute();
    return [...new Set(rows.map(({ digest }) => digest))];
  }

  async collect(digest: string, before: string, remove: () => Promise<unknown>): Promise<void> {
    if (!isStorableText(digest)) return;
    await durably(this.#db, async (tx) => await collectBytes(tx, { digest, before }, remove));
  }

  async pendingOutputs(limit: number): Promise<readonly PendingOutputs[]> {
    const rows = await this.#db
      .selectFrom("workspace_outputs")
      .select(["org_id", "task_id"])
      .orderBy("queue_id")
      .limit(boundPageSize(limit))
      .execute();
    return rows.map((row) => ({ orgId: row.org_id, taskId: row.task_id }));
  }

  async outputsSettled({ orgId, taskId }: PendingOutputs): Promise<void> {
    await this.#db.deleteFrom("workspace_outputs").where("org_id", "=", orgId).where("task_id", "=", taskId).execute();
  }
}

function toRow(file: FileVersion): WorkspaceFilesTable {
  return {
    org_id: file.orgId,
    path: file.path,
    version: file.version,
    digest: file.digest ?? null,
    bytes: file.bytes,
    media_type: file.mediaType,
    written_at: file.at,
    written_by: file.by,
    run_id: file.runId ?? null,
  };
}

function toFile(row: WorkspaceFilesTable): FileVersion {
  return {
    orgId: row.org_id,
    path: row.path,
    version: row.version,
    ...(row.digest === null ? {} : { digest: row.digest }),
    bytes: row.bytes,
    mediaType: row.media_type,
    at: row.written_at,
    by: row.written_by,
    ...(row.run_id === null ? {} : { runId: row.run_id }),
  };
}
