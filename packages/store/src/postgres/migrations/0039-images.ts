import { sql } from "kysely";
import type { Migration } from "./migration.ts";

export const images: Migration = {
  id: 39,
  name: "images",
  statements: [
    sql`create table image_manifests (
      org_id text collate "C" not null,
      repository text collate "C" not null,
      digest text collate "C" not null,
      media_type text not null,
      artifact_type text,
      subject text collate "C",
      bytes bytea not null,
      refs text[] collate "C" not null,
      annotations text,
      created_at timestamptz not null,
      primary key (org_id, repository, digest)
    )`,
    sql`create index image_manifests_digest on image_manifests (org_id, digest)`,
    sql`create index image_manifests_subject on image_manifests (org_id, repository, subject) where subject is not null`,
    // Whether anything names a blob is asked for each one that may be collected.
    sql`create index image_manifests_refs on image_manifests using gin (refs)`,
    sql`create table image_tags (
      org_id text collate "C" not null,
      repository text collate "C" not null,
      tag text collate "C" not null,
      digest text collate "C" not null,
      primary key (org_id, repository, tag)
    )`,
    sql`create index image_tags_digest on image_tags (org_id, repository, digest)`,
    sql`create table image_blobs (
      org_id text collate "C" not null,
      repository text collate "C" not null,
      digest text collate "C" not null,
      bytes int8 not null,
      linked_at timestamptz not null,
      primary key (org_id, repository, digest)
    )`,
    sql`create index image_blobs_digest on image_blobs (digest)`,
    sql`create index image_blobs_linked_at on image_blobs (linked_at)`,
  ],
};
