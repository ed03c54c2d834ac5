/** What one run may do, as the platform wrote it down; the token only repeats it. */
export interface GrantRecord {
  readonly orgId: string;
  readonly grantId: string;
  /** The task whose run holds it. */
  readonly runId: string;
  readonly agentId: string;
  /** The grant that this one replaced: a renewal or a rotation. */
  readonly priorId?: string;
  /** The grant it was cut from, of the run that handed it on; revoking that one ends this one. */
  readonly parentId?: string;
  readonly scope: GrantScope;
  readonly issuedAt: string;
  readonly expiresAt: string;
  /** No grant of this run, nor one cut from it, outlives it. */
  readonly runDeadline: string;
  readonly revokedAt?: string;
  /** The approval that allowed what the prior grant did not. */
  readonly approvalId?: string;
  /** What a renewal goes back to, where the approval was not for the rest of the run. */
  readonly renewAs?: GrantScope;
}

/** Empty `read` and absent `write` allow nothing of their kind; an absent limit is none of the grant's own. */
export interface GrantScope {
  /** Globs of paths that may be read and listed. */
  readonly read: readonly string[];
  /** Ends with `/`; what is written lies below it. */
  readonly write?: string;
  /** Bytes that the run may write in all. */
  readonly maxBytes?: number;
  /** Different paths that the run may write. */
  readonly maxFiles?: number;
  /** Calls to other agents; absent: the run's own limits. */
  readonly maxCalls?: number;
  /** Decimal text, in the organization's currency. */
  readonly maxCost?: string;
}

/** What one list holds at most. */
export const MAX_LISTED_GRANTS = 1_000;

/**
 * A renewal or rotation replaces a grant, so a run has a line of them, tied by `priorId`, of which one is valid at most.
 * What was cut from any of a line (`parentId`) ends with the line.
 */
export interface GrantStore {
  /** @throws STORE_CONFLICT when there is one of this id. */
  insert(grant: GrantRecord): Promise<void>;
  find(orgId: string, grantId: string): Promise<GrantRecord | undefined>;
  /**
   * One transaction: the new grant stands and the prior one, which may have expired, is revoked.
   * @throws STORE_CONFLICT when the prior one is revoked already or the new one exists; nothing is written then.
   */
  replace(next: GrantRecord, priorId: string, at: string): Promise<void>;
  /** The whole line of the grant and everything cut from it, to any depth. Returns the ids that were not revoked until now. */
  revoke(orgId: string, grantId: string, at: string): Promise<readonly string[]>;
  /** All grants of a run, and what was cut from them. Returns as `revoke`. */
  revokeRun(orgId: string, runId: string, at: string): Promise<readonly string[]>;
  /** Of a run, oldest first, at most 1,000. */
  ofRun(orgId: string, runId: string): Promise<readonly GrantRecord[]>;
  /** Newest first, at most 1,000. `valid`: an instant at which they are neither revoked nor expired. */
  list(orgId: string, filter: { readonly agentId?: string; readonly valid?: string }): Promise<readonly GrantRecord[]>;
}
