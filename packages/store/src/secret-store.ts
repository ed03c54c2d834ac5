/** A value of an organization or of one of its agents, sealed. */
export interface SecretRecord {
  readonly orgId: string;
  /** Absent: every agent of the organization may be given it. */
  readonly agentName?: string;
  /** `[A-Z][A-Z0-9_]{0,63}`. */
  readonly name: string;
  /** `host`, `host:port`, `*.host`: it is sent to these and no others. Absent: to every upstream that names it. */
  readonly hosts?: readonly string[];
  readonly sealed: string;
  /** The master key that wraps its data key. */
  readonly keyId: string;
  readonly version: number;
  readonly updatedAt: string;
  readonly updatedBy: string;
}

/** What one list holds at most. */
export const MAX_LISTED_SECRETS = 2_000;

export interface SecretStore {
  /** The next version of it. */
  put(secret: Omit<SecretRecord, "version">): Promise<SecretRecord>;
  find(orgId: string, name: string, agentName?: string): Promise<SecretRecord | undefined>;
  /** By name; the organization's own before those of agents. */
  list(orgId: string): Promise<readonly SecretRecord[]>;
  remove(orgId: string, name: string, agentName?: string): Promise<boolean>;
  /** Of all organizations: some of those under other master keys than this one. */
  notUnderKey(keyId: string, limit: number): Promise<readonly SecretRecord[]>;
  /** The same value, sealed anew. False when it is no longer of this version: whoever wrote since has sealed it already. */
  reseal(secret: SecretRecord): Promise<boolean>;
}
