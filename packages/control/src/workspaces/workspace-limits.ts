import type { WorkspaceQuota } from "@berth/store";

/** Bounds of every workspace. */
export interface WorkspaceLimits {
  readonly maxFileBytes: number;
  /** Of an organization. */
  readonly quota: WorkspaceQuota;
}

const MIB = 1024 * 1024;

export const DEFAULT_WORKSPACE_LIMITS: WorkspaceLimits = {
  maxFileBytes: 64 * MIB,
  quota: { files: 100_000, bytes: 10 * 1024 * MIB },
};
