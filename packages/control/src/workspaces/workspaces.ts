import type { Principal } from "@berth/protocol";
import type { FileVersion, WorkspaceQuota, WorkspaceUsage } from "@berth/store";

export interface FileContent {
  readonly file: FileVersion;
  readonly content: Uint8Array;
}

export interface WriteRequest {
  readonly path: string;
  readonly content: Uint8Array;
  /** Default: by the path's extension. */
  readonly mediaType?: string;
  /** The version the writer has seen, 0 for none: anything else is STORE_CONFLICT. */
  readonly expectedVersion?: number;
}

export interface RemoveOptions {
  /** Its older versions go too, and stop counting; its number goes on. Also of a file that was deleted before. */
  readonly history?: boolean;
}

export interface FileDiff {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  /** Unified diff, "" for no difference; absent when one side is not text or too large to be compared. */
  readonly text?: string;
}

/** Who writes: the id of a person or of an agent as a workload, and its run. */
export interface Writer {
  readonly id: string;
  readonly runId?: string;
}

/**
 * The files of an organization: versioned, content-addressed, without links. People go through `files`; agents have no
 * way here but the services endpoint, which checks their grant first and then uses `raw`.
 */
export interface Workspaces {
  /** @throws PERMISSION_DENIED, FILE_NOT_FOUND, PATH_INVALID, FILE_TOO_LARGE, QUOTA_EXCEEDED */
  list(
    principal: Principal,
    query: { readonly prefix?: string; readonly after?: string; readonly limit?: number },
  ): Promise<{ readonly files: readonly FileVersion[]; readonly next?: string }>;
  read(principal: Principal, path: string, version?: number): Promise<FileContent>;
  write(principal: Principal, request: WriteRequest): Promise<FileVersion>;
  remove(principal: Principal, path: string, options?: RemoveOptions): Promise<FileVersion>;
  /** Of the versions that are kept, newest first; deletions are versions without a digest. */
  history(principal: Principal, path: string, limit?: number): Promise<readonly FileVersion[]>;
  /** Default: from the version before the newest to the newest. A deletion, and version 0, is an empty file. */
  diff(
    principal: Principal,
    path: string,
    versions?: { readonly from?: number; readonly to?: number },
  ): Promise<FileDiff>;
  usage(principal: Principal): Promise<WorkspaceUsage & { readonly quota: WorkspaceQuota }>;
  readonly raw: WorkspaceFiles;
}

/** Without any check of rights: for callers inside the platform that have made it. Paths are checked all the same. */
export interface WorkspaceFiles {
  list(
    orgId: string,
    prefix: string,
    page: { readonly after?: string; readonly limit: number },
  ): Promise<readonly FileVersion[]>;
  read(orgId: string, path: string, version?: number): Promise<FileContent>;
  find(orgId: string, path: string): Promise<FileVersion | undefined>;
  write(orgId: string, by: Writer, request: WriteRequest): Promise<FileVersion>;
  remove(orgId: string, by: Writer, path: string, options?: RemoveOptions): Promise<FileVersion>;
  /** Of the versions that are kept, newest first. @throws FILE_NOT_FOUND when there never was such a file. */
  history(orgId: string, path: string, limit: number): Promise<readonly FileVersion[]>;
  usage(orgId: string): Promise<WorkspaceUsage>;
  /** Files and bytes that these globs match now; stops counting at `limit` files. */
  match(
    orgId: string,
    globs: readonly string[],
    limit: number,
  ): Promise<{ readonly files: readonly FileVersion[]; readonly bytes: number; readonly more: boolean }>;
}
