/** Who tells that a repository has moved. */
export const SOURCE_KINDS = ["github", "gitlab"] as const;
export type SourceKind = (typeof SOURCE_KINDS)[number];

/** The repository that an agent is deployed from: one per agent. */
export interface SourceRecord {
  readonly orgId: string;
  /** In the address that the forge calls. */
  readonly sourceId: string;
  /** By its name: it may be there before the agent's first release. */
  readonly agentName: string;
  readonly kind: SourceKind;
  readonly url: string;
  readonly branch: string;
  /** Folder of the repository. */
  readonly path?: string;
  /** Name of the organization's secret that opens it. */
  readonly credential?: string;
  /** A push to the branch deploys. */
  readonly autoDeploy: boolean;
  /** Sealed by whoever uses it. */
  readonly sealedSecret: string;
  /** With whose rights its deliveries deploy. */
  readonly principalId: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** How many deliveries of a source are remembered. */
export const MAX_REMEMBERED_DELIVERIES = 1_000;

export interface SourceStore {
  /** Inserts, or replaces the agent's. @throws PlatformError STORE_CONFLICT when another agent's has this id. */
  save(source: SourceRecord): Promise<void>;
  /** Over all organizations: the id is unguessable enough to be looked up, useless without its secret. */
  find(sourceId: string): Promise<SourceRecord | undefined>;
  ofAgent(orgId: string, agentName: string): Promise<SourceRecord | undefined>;
  /** With what is remembered of its deliveries. False when there is none. */
  remove(orgId: string, agentName: string): Promise<boolean>;
  /**
   * Takes a delivery under all its marks at once. False, and nothing is taken, when one of them is remembered; the last
   * MAX_REMEMBERED_DELIVERIES marks of a source are.
   */
  claim(sourceId: string, marks: readonly string[]): Promise<boolean>;
  /** The delivery was not dealt with: it may come again. */
  release(sourceId: string, marks: readonly string[]): Promise<void>;
}
