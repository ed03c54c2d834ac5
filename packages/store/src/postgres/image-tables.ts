export interface ImageManifestsTable {
  org_id: string;
  repository: string;
  digest: string;
  media_type: string;
  artifact_type: string | null;
  subject: string | null;
  bytes: Uint8Array;
  refs: readonly string[];
  /** JSON. */
  annotations: string | null;
  created_at: string;
}

export interface ImageTagsTable {
  org_id: string;
  repository: string;
  tag: string;
  digest: string;
}

export interface ImageBlobsTable {
  org_id: string;
  repository: string;
  digest: string;
  bytes: number;
  linked_at: string;
}
