/** One version of one path. The bytes are in the BlobStore under `digest`. */
export interface FileVersion {
  readonly orgId: string;
  readonly path: string;
  /** From 1 per path, without gaps. */
  readonly version: number;
  /** `sha256:<hex>`; absent: deleted in this version. */
  readonly digest?: string;
  readonly bytes: number;
  readonly mediaType: string;
  readonly at: string;
  /** Principal id of a person, or the agent's SPIFFE id. */
  readonly by: string;
  /** The run that wrote it. */
  readonly runId?: string;
}

/** How much an organization's files may be together. */
export interface WorkspaceQuota {
  /** That are there now. */
  readonly files: number;
  /** Of every version that is kept; the same content counts once. */
  readonly bytes: number;
}

export interface WorkspaceUsage extends WorkspaceQuota {
  /** Bytes that no version names, or none yet: they go when they are collected. */
  readonly released: number;
}

export interface PutConditions {
  /** The version the writer has seen, 0 for none. */
  readonly expectedVersion?: number;
  /** What grows beyond it is refused; what shrinks never is. */
  readonly quota?: WorkspaceQuota;
  /** How many versions of the path are left, with this one; default MAX_VERSIONS. */
  readonly keepVersions?: number;
}

/** Bytes that somebody is about to put into the BlobStore. */
export interface Reservation {
  readonly orgId: string;
  readonly digest: string;
  readonly bytes: number;
  readonly at: string;
}

/** An ended task whose artifacts are to become files. */
export interface PendingOutputs {
  readonly orgId: string;
  readonly taskId: string;
}

/** What one read of a history holds at most. */
export const MAX_HISTORY = 1_000;
/** Of one path. Older ones go when the next is written, so that rewriting a file does not grow without end. */
export const MAX_VERSIONS = 100;

export interface WorkspaceStore {
  /**
   * Before bytes go into the BlobStore: from here on they count and are not collected for as long as the collector's
   * grace, in which `put` names them. Twice is harmless and begins the time again. Returns after a collection of the same
   * digest that is under way.
   * @throws PlatformError QUOTA_EXCEEDED, also when what waits for its collection is as much again as the quota.
   */
  reserve(bytes: Reservation, quota?: WorkspaceQuota): Promise<void>;
  /**
   * Adds the next version of the path, and removes the oldest ones beyond `keepVersions`; their numbers do not come back.
   * Its bytes were reserved. Writers of one organization take turns. Returns the version as written.
   * @throws PlatformError STORE_CONFLICT when the newest version is not the expected one; QUOTA_EXCEEDED;
   * STORE_UNAVAILABLE when the reservation is gone. Nothing is written then.
   */
  put(file: Omit<FileVersion, "version">, conditions?: PutConditions): Promise<FileVersion>;
  /** The newest version, or the one asked for; deleted ones too. */
  find(orgId: string, path: string, version?: number): Promise<FileVersion | undefined>;
  /** Newest versions of paths that begin with `prefix`, by path in byte order, deleted ones left out. `after`: a path. At most 1,000. */
  list(
    orgId: string,
    page: { readonly prefix: string; readonly after?: string; readonly limit: number },
  ): Promise<readonly FileVersion[]>;
  /** The versions of a path that are kept, newest first. */
  history(orgId: string, path: string, limit: number): Promise<readonly FileVersion[]>;
  usage(orgId: string): Promise<WorkspaceUsage>;
  /** Digests that an organization was charged for, named by none of its versions and not reserved since `before`. */
  collectable(before: string, limit: number): Promise<readonly string[]>;
  /**
   * Ends the charge of those organizations, and calls `remove` when no other one names or has reserved the digest.
   * Nobody reserves it meanwhile. Nothing changes when `remove` throws, and then so does this.
   */
  collect(digest: string, before: string, remove: () => Promise<unknown>): Promise<void>;
  /** Tasks that were sealed with `outputs` and not settled yet, of every organization, oldest first. */
  pendingOutputs(limit: number): Promise<readonly PendingOutputs[]>;
  /** The task's artifacts are files, or never will be. Twice is harmless. */
  outputsSettled(task: PendingOutputs): Promise<void>;
}
