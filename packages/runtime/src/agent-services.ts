import type { JsonObject, JsonValue } from "@berth/protocol";
import type { StepPlace, StepReport } from "./step-report.ts";

/**
 * Whose hands a request of an agent comes from. Never said by the agent: every instance has a services socket of its
 * own, and the socket is who it is.
 */
export interface ServicesPeer {
  readonly orgId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly releaseId: string;
  readonly instanceId: string;
}

/** The run in whose name the agent asks, as the grant in its hand says. Verified by whoever answers. */
export interface ServicesCall {
  readonly peer: ServicesPeer;
  /** `acg1_…` as sent. */
  readonly grant: string;
  readonly signal: AbortSignal;
}

export interface WorkspaceEntry {
  readonly path: string;
  readonly bytes: number;
  readonly digest: string;
  readonly version: number;
  readonly mediaType: string;
  readonly at: string;
}

export interface ScopeRequest {
  readonly read: readonly string[];
  readonly write?: string;
  readonly reason: string;
  /** Seconds the request stays open; at most a day. */
  readonly expiresInSeconds?: number;
  /** Of a durable run: asked once, whatever becomes of the execution that asks. */
  readonly step?: StepPlace;
}

type ScopeRequestState = "pending" | "approved" | "denied" | "expired" | "canceled";

export interface AgentCall {
  readonly agent: string;
  readonly skill: string;
  readonly input: JsonValue;
  /** Cut from this run's own grant; absent: the callee gets none of it. */
  readonly grant?: {
    readonly read?: readonly string[];
    readonly write?: string;
    readonly maxCost?: string;
    readonly maxCalls?: number;
  };
  readonly timeoutSeconds?: number;
  /** Of a durable run: called once, and answered with `pending` when it takes long. */
  readonly step?: StepPlace;
}

/**
 * What an agent remembers. Requests and answers are those of docs/reference/memory.md; whoever answers checks them.
 * @throws GRANT_*, INVALID_PARAMS, QUOTA_EXCEEDED, MODEL_FAILED
 */
export interface AgentMemory {
  save(call: ServicesCall, request: JsonObject): Promise<JsonObject>;
  search(call: ServicesCall, request: JsonObject): Promise<JsonObject>;
  list(call: ServicesCall, request: JsonObject): Promise<JsonObject>;
  remove(call: ServicesCall, request: JsonObject): Promise<JsonObject>;
}

/**
 * What an agent reaches over BERTH_SERVICES. Every method checks the grant, the peer and the path itself and records what
 * it did, or refused, as an event of the run.
 * @throws GRANT_*, PATH_INVALID, FILE_NOT_FOUND, FILE_TOO_LARGE, QUOTA_EXCEEDED, APPROVAL_*, AGENT_NOT_FOUND, …
 */
export interface AgentServices {
  readonly memory: AgentMemory;
  list(
    call: ServicesCall,
    query: { readonly prefix: string; readonly after?: string },
  ): Promise<{ readonly files: readonly WorkspaceEntry[]; readonly next?: string }>;
  read(call: ServicesCall, path: string): Promise<WorkspaceEntry & { readonly content: Uint8Array }>;
  write(
    call: ServicesCall,
    file: { readonly path: string; readonly content: Uint8Array; readonly mediaType?: string },
  ): Promise<WorkspaceEntry>;
  remove(call: ServicesCall, path: string): Promise<void>;
  /** The run's current grant: renewed when it is about to expire, or the one that an approval made. */
  currentGrant(call: ServicesCall): Promise<{ readonly grant: string; readonly expiresAt: string }>;
  requestScope(
    call: ServicesCall,
    request: ScopeRequest,
  ): Promise<{ readonly approvalId: string; readonly expiresAt: string; readonly state: ScopeRequestState }>;
  /** Waits at most `waitMs`, and answers `pending` then. */
  approval(
    call: ServicesCall,
    approvalId: string,
    waitMs: number,
  ): Promise<{
    readonly state: ScopeRequestState;
    readonly grant?: string;
    readonly note?: string;
  }>;
  callAgent(call: ServicesCall, request: AgentCall): Promise<JsonObject>;
  /** The journal of a durable run, as its execution finds it, from the entry `after` on. @throws RUN_SUPERSEDED */
  journal(call: ServicesCall, query: { readonly execution: number; readonly after: number }): Promise<JsonObject>;
  /** Durable when it resolves. Says until when a sleep lasts. @throws RUN_SUPERSEDED, STEP_MISMATCH, QUOTA_EXCEEDED */
  writeStep(call: ServicesCall, report: StepReport): Promise<{ readonly until?: string }>;
  /** A JWT for this agent as a workload; at most 15 minutes. */
  identityToken(call: Pick<ServicesCall, "peer" | "signal">, audience: string): Promise<string>;
}
