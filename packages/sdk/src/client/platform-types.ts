/** What the platform's own API answers; docs/reference/api.md describes the routes. */
import type { EvalStatisticsInfo, SamplingStatisticsInfo } from "./evals-client.ts";
import type { AgentHealthInfo, AttachedAgentInfo } from "./health-types.ts";
import type { AgentSkill, JsonObject, JsonValue, Scope, Task, TaskEvent, TaskState } from "@berth/protocol";

export interface VersionInfo {
  readonly version: string;
  readonly node: string;
  readonly protocolVersions: readonly string[];
}

export interface Whoami {
  readonly kind: string;
  readonly id: string;
  readonly orgId: string;
  readonly scopes: readonly Scope[];
  readonly name?: string | null;
  readonly agents?: readonly string[] | null;
  readonly organizations?: readonly { readonly orgId: string; readonly name: string; readonly role?: string }[];
}

export interface AgentSkillInfo extends AgentSkill {
  readonly inputSchema?: JsonObject;
  readonly outputSchema?: JsonObject;
}

export interface AgentInstanceInfo {
  readonly instanceId: string;
  readonly release: string;
  readonly state: string;
  readonly activeCalls: number;
  readonly startedAt: string;
}

export interface AgentInfo {
  readonly name: string;
  readonly agentId: string;
  readonly kind: string;
  readonly description: string;
  readonly version: string;
  readonly release: string;
  readonly visibility: "public" | "private";
  readonly tags: readonly string[];
  readonly skills: readonly AgentSkillInfo[];
  readonly url: string;
  readonly cardUrl: string;
  /** `sha256:<hex>` of the card as the agent gave it. */
  readonly upstreamDigest?: string;
  readonly mcpUrl: string;
  /** Of its own web app. */
  readonly appUrl?: string;
  /** `remote` and `drifted`: runs elsewhere. `attached` and `detached`: on a developer's machine. */
  readonly state: "sleeping" | "starting" | "ready" | "draining" | "remote" | "drifted" | "attached" | "detached";
  /** The last score of the live release. */
  readonly evals?: EvalStatisticsInfo;
  /** What the scored share of the live release's real tasks says. */
  readonly sampled?: SamplingStatisticsInfo;
  readonly trusted: boolean;
  /** The target that the live release runs on; absent: the platform itself. */
  readonly target?: string;
  readonly instances: readonly AgentInstanceInfo[];
  /** Of agents that run here, for callers with a credential. */
  readonly health?: AgentHealthInfo;
  readonly remote?: RemoteAgentInfo;
  readonly attached?: AttachedAgentInfo;
  readonly createdAt: string;
  readonly updatedAt: string;
}

/** Of an agent that runs elsewhere. */
export interface RemoteAgentInfo {
  readonly cardUrl: string;
  readonly interface: { readonly url: string; readonly protocolBinding: string; readonly protocolVersion: string };
  /** Of the card that was adopted. */
  readonly cardDigest: string;
  /** The header in which its credential is sent; never the credential. */
  readonly credential: string | null;
  readonly checkedAt: string | null;
  /** Why its card could not be read then. */
  readonly problem?: string;
  /** Its card says something else by now, which is not in force. */
  readonly drift?: {
    readonly oldDigest: string;
    readonly newDigest: string;
    readonly skillsAdded: readonly string[];
    readonly skillsRemoved: readonly string[];
    readonly interface?: { readonly from: string; readonly to: string };
  };
}

export interface ImportAgentRequest {
  readonly url: string;
  readonly name?: string;
  readonly visibility?: "public" | "private";
  readonly credential?: string;
}

export interface AgentFilter {
  readonly name?: string;
  readonly kind?: string;
  readonly tag?: string | readonly string[];
  readonly skill?: string;
  readonly q?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

export interface LogLine {
  readonly at: string;
  readonly instanceId: string;
  readonly release: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
}

export interface TaskInfo {
  readonly task: Task;
  readonly agent: string;
  readonly release: string;
  readonly principalId: string;
  readonly createdAt: string;
  /** In `tasks.get` only: the sequence number the task is current to. */
  readonly seq?: number;
}

export interface TaskFilter {
  readonly agent?: string;
  readonly contextId?: string;
  readonly status?: TaskState;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

export interface KeyInfo {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly createdAt: string;
  readonly expiresAt?: string | null;
  readonly lastUsedAt?: string | null;
  readonly revokedAt?: string | null;
  /** The user who made it. */
  readonly createdBy?: string | null;
  readonly agents?: readonly string[] | null;
  readonly cidrs?: readonly string[] | null;
}

export interface NewKey {
  readonly name: string;
  readonly scopes: readonly Scope[];
  readonly expiresInDays?: number;
  /** Only these agents exist for it. */
  readonly agents?: readonly string[];
  /** It holds from these networks only. */
  readonly cidrs?: readonly string[];
}

/** `key` is the secret: shown this once, never again. */
export interface CreatedKey extends KeyInfo {
  readonly key: string;
}

/** A key of the platform's agent cards. Without times: it signs. */
export interface CardKeyInfo {
  readonly kid: string;
  readonly retiredAt?: string;
  readonly publishedUntil?: string;
}

export interface ReceiptInfo {
  readonly receiptId: string;
  readonly taskId: string;
  readonly leafIndex: number;
  readonly sealedAt: string;
}

/** In a list: also whose run it was, its place in the agent's count, and when it ended. */
export interface ReceiptLine extends ReceiptInfo {
  readonly agent: string;
  readonly agentId: string;
  readonly agentSeq: number;
  readonly acceptedAt: string;
  readonly completedAt: string;
}

export interface AddendumInfo {
  readonly addendumId: string;
  readonly kind: "eval" | "review" | "adjust";
  readonly leafIndex: number;
  readonly sealedAt: string;
  readonly statement: JsonObject;
}

export interface ReviewInfo {
  readonly reviewId: string;
  readonly receiptId: string;
  readonly taskId: string;
  readonly approver: string;
  readonly verdict: "approved" | "rejected";
  /** `sha256:<hex>` of the notes. */
  readonly notes: string;
}

export interface ErasedRunInfo {
  readonly receiptId: string;
  readonly taskId: string;
  /** Of the log, all of them erased. */
  readonly events: number;
  /** `derived`: of a run from before salts had seeds: who has the platform's salt key can try what was said. */
  readonly salts: "erased" | "derived";
}

export interface SealedReviewInfo extends ReviewInfo {
  readonly at: string;
  readonly authn?: { readonly scheme: string; readonly iss?: string; readonly client_id?: string };
  readonly leafIndex: number;
}

export interface ReceiptDetail extends ReceiptInfo {
  /** `witnessed`: another platform has signed for a log that holds it. */
  readonly state?: "sealed" | "witnessed";
  /** What was said in the run is gone. */
  readonly erased?: boolean;
  readonly envelope: JsonObject;
  readonly statement: JsonObject;
  /** What was said of the run afterwards. */
  readonly addenda?: readonly AddendumInfo[];
}

export interface LedgerCheckInfo {
  readonly tasks: number;
  readonly receipts: number;
  readonly journals: number;
  readonly pending: number;
  readonly differences: readonly string[];
  /** The comparison that runs all the time. */
  readonly background?: {
    readonly checkedAt?: string;
    readonly checked: number;
    readonly differences: readonly string[];
  };
}

export interface EnforcementInfo {
  readonly level: "enforced" | "partial" | "none";
  readonly detail: string;
}

export interface SandboxInfo {
  readonly driver: string;
  readonly isolates: boolean;
  readonly reason?: string;
  readonly fix?: string;
  readonly filesystem: EnforcementInfo;
  readonly network: EnforcementInfo;
  readonly syscalls: EnforcementInfo;
  readonly memory: EnforcementInfo;
  readonly cpu: EnforcementInfo;
  readonly processes: EnforcementInfo;
}

export interface DoctorReport {
  readonly sandbox: readonly SandboxInfo[];
  readonly store: { readonly [key: string]: JsonValue };
  readonly ledger?: { readonly ok: boolean; readonly checkedAt?: string; readonly differences: number };
}

export interface TaskEventPage {
  readonly events: readonly TaskEvent[];
}

/** What `POST /invoke/{skill}` answers. */
export interface InvokeResult {
  readonly taskId: string;
  readonly state: TaskState;
  readonly output?: JsonValue;
  readonly artifacts?: Task["artifacts"];
  readonly receiptId?: string;
}

/** Lines for a shell, a link and a block of JSON, as each program wants it. */
export interface ConnectInfo {
  readonly mcpUrl: string;
  readonly claudeCode: string;
  readonly cursor: string;
  readonly vscode: string;
  readonly json: JsonObject;
  readonly a2a: { readonly card: string };
}

/** What a run may do with files, and with other agents. */
export interface GrantInfo {
  readonly id: string;
  /** The task whose run holds it. */
  readonly run: string;
  readonly agentId: string;
  /** The grant that this one replaced. */
  readonly priorId?: string;
  /** The grant it was cut from. */
  readonly parentId?: string;
  readonly approvalId?: string;
  readonly scope: {
    readonly read: readonly string[];
    readonly write?: string;
    readonly maxBytes?: number;
    readonly maxFiles?: number;
    readonly maxCalls?: number;
    readonly maxCost?: string;
  };
  readonly issuedAt: string;
  readonly expiresAt: string;
  readonly revokedAt: string | null;
  /** Neither revoked nor expired. */
  readonly valid: boolean;
}

export interface GrantFilter {
  readonly run?: string;
  readonly valid?: boolean;
}

/** The repository that an agent is deployed from. */
export interface SourceInfo {
  readonly id: string;
  readonly agent: string;
  readonly kind: "github" | "gitlab";
  readonly url: string;
  readonly branch: string;
  readonly path?: string;
  readonly credential?: string;
  readonly autoDeploy: boolean;
  readonly principalId: string;
  /** Where the forge sends its deliveries. */
  readonly webhookUrl: string;
  readonly createdAt: string;
  readonly updatedAt: string;
}

export interface NewSource extends Partial<Pick<SourceInfo, "kind" | "branch" | "path" | "credential" | "autoDeploy">> {
  readonly url: string;
}

export interface ConnectedSource extends SourceInfo {
  /** Of its deliveries, when it is a new one: shown this once. */
  readonly secret?: string;
}

export interface WebhookInfo {
  readonly id: string;
  readonly agent: string;
  readonly skill: string;
  readonly kind: "standard" | "github" | "hmac";
  /** Where deliveries go. */
  readonly url: string;
  /** Whose tasks they start. */
  readonly principalId: string;
  readonly createdAt: string;
}

export interface NewWebhook {
  readonly skill: string;
  readonly kind?: WebhookInfo["kind"];
  readonly secret?: string;
}

/** `secret` is shown this once, never again. */
export interface CreatedWebhook extends WebhookInfo {
  readonly secret: string;
}

/** One version of a file of the workspace. */
export interface FileInfo {
  readonly path: string;
  readonly version: number;
  /** `sha256:<hex>`; absent: deleted in this version. */
  readonly digest?: string;
  readonly bytes: number;
  readonly mediaType: string;
  readonly at: string;
  readonly by: string;
  readonly runId?: string;
}

export interface WorkspaceUsageInfo {
  readonly files: number;
  /** Of all versions that are kept; the same content counts once. */
  readonly bytes: number;
  /** Bytes that no version names any more, about to be collected. */
  readonly released: number;
  readonly quota: { readonly files: number; readonly bytes: number };
}

export interface FileDiffInfo {
  readonly path: string;
  readonly from: number;
  readonly to: number;
  /** Unified diff; absent when a side is no text, or too large. */
  readonly text?: string;
}
