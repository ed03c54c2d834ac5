import { sql } from "kysely";
import type { RawBuilder, Selectable } from "kysely";
import type { ManifestInfo, Referrer, StoredManifest } from "../image-store.ts";
import { toManifestInfo, toReferrer } from "../kept-images.ts";
import type { ImageManifestsTable } from "./image-tables.ts";

type Row = Selectable<ImageManifestsTable>;

/** Of a manifest `m` in a list. */
export interface InfoRow extends Pick<Row, "digest" | "media_type" | "artifact_type" | "subject" | "created_at"> {
  readonly size: number;
  readonly tags: readonly string[];
}

export const INFO_COLUMNS: RawBuilder<unknown> = sql`m.digest, m.media_type, m.artifact_type, m.subject, m.created_at,
  octet_length(m.bytes) + (select coalesce(sum(b.bytes), 0) from image_blobs b
    where b.org_id = m.org_id and b.repository = m.repository and b.digest = any(m.refs))::int8 as size,
  array(select t.tag from image_tags t
    where t.org_id = m.org_id and t.repository = m.repository and t.digest = m.digest order by t.tag) as tags`;

export function toInfo({ size, tags, ...row }: InfoRow): ManifestInfo {
  return toManifestInfo({ ...headOf(row), createdAt: row.created_at }, { bytes: size, tags });
}

export function toReferrerOf(
  row: Pick<Row, "digest" | "media_type" | "artifact_type" | "annotations"> & { readonly size: number },
): Referrer {
  return toReferrer({ ...headOf({ ...row, subject: null }), ...annotationsOf(row) }, row.size);
}

export function toManifest(row: Row): StoredManifest {
  return {
    orgId: row.org_id,
    repository: row.repository,
    ...headOf(row),
    bytes: new Uint8Array(row.bytes),
    references: row.refs,
    ...annotationsOf(row),
    createdAt: row.created_at,
  };
}

function headOf(
  row: Pick<Row, "digest" | "media_type" | "artifact_type" | "subject">,
): Pick<StoredManifest, "digest" | "mediaType" | "artifactType" | "subject"> {
  return {
    digest: row.digest,
    mediaType: row.media_type,
    ...(row.artifact_type === null ? {} : { artifactType: row.artifact_type }),
    ...(row.subject === null ? {} : { subject: row.subject }),
  };
}

function annotationsOf({ annotations }: Pick<Row, "annotations">): Pick<StoredManifest, "annotations"> {
  // The text was made by `putManifest`.
  return annotations === null ? {} : { annotations: JSON.parse(annotations) as Readonly<Record<string, string>> };
}
