import type { Artifact, JsonObject, Message, StreamResponse, TaskStatus } from "./a2a.ts";
import type { Authentication, Principal } from "./principal.ts";
import type { EmissionMark, RunEvent, StepEvent } from "./durable.ts";
import type { MemoryScope } from "./agent-memory.ts";
import type { Reason } from "./errors.ts";
import type { RunUsage } from "./run-usage.ts";

/**
 * One entry of a task's append-only log. `seq` starts at 1 and has no gaps. Everything a client ever sees of a task is
 * a fold of its events; kinds that clients do not see (`upstream`, `instance`, `egress`, `file`, `grant`, `scope_request`, `call`,
 * `memory`, `model`, `usage`, `step`, `run`, `note`) are for the receipt,
 * the console and recovery.
 */
export interface TaskEvent {
  readonly taskId: string;
  readonly seq: number;
  /** RFC 3339, UTC, milliseconds. */
  readonly at: string;
  readonly body: TaskEventBody;
}

export type TaskEventBody =
  | AcceptedEvent
  /** `protocol` is the caller's door, for messages of the caller; logs from before it was recorded lack it. */
  | {
      readonly kind: "message";
      readonly message: Message;
      readonly protocol?: AcceptedEvent["protocol"];
      readonly trace?: TraceHeaders;
    }
  | {
      readonly kind: "status";
      readonly status: TaskStatus;
      readonly reason?: Reason;
      readonly metadata?: JsonObject;
      readonly mark?: EmissionMark;
      readonly erased?: true;
      readonly leaf?: string;
    }
  | {
      readonly kind: "artifact";
      readonly artifact: Artifact;
      readonly append?: boolean;
      readonly lastChunk?: boolean;
      readonly metadata?: JsonObject;
      readonly mark?: EmissionMark;
    }
  /** The agent answered with a Message and made no task. Followed by a terminal `status`. */
  | { readonly kind: "reply"; readonly message: Message }
  /** The agent's own ids for this task, needed to continue or cancel it. */
  | { readonly kind: "upstream"; readonly taskId: string; readonly contextId?: string }
  | {
      readonly kind: "instance";
      readonly instanceId: string;
      readonly phase: "assigned" | "lost";
      readonly detail?: string;
    }
  | {
      readonly kind: "egress";
      readonly host: string;
      readonly port: number;
      readonly decision: "allowed" | "denied";
      readonly detail?: string;
      /** `denied`: what berth.json would have to say to allow it. */
      readonly rule?: string;
    }
  /** What the agent says it has used, in all its turns so far. */
  | { readonly kind: "usage"; readonly usage: RunUsage }
  | ModelEvent
  | FileEvent
  | MemoryEvent
  | GrantEvent
  | ScopeRequestEvent
  /** This run called another agent: `childTaskId` is the task it made. `step`: the operation of a durable run. */
  | {
      readonly kind: "call";
      readonly agentName: string;
      readonly skill?: string;
      readonly childTaskId: string;
      readonly step?: string;
      readonly position?: number;
      /** With `step`: the child is waited for until then; RFC 3339. */
      readonly until?: string;
    }
  | StepEvent
  | RunEvent
  | ErasedEvent
  | { readonly kind: "note"; readonly name: string; readonly data: JsonObject };

/** One call to a model that went through the platform, or was refused there. The numbers are measured, not reported. */
export interface ModelEvent {
  readonly kind: "model";
  readonly op: "chat" | "embed";
  /** `provider/model`; of a refused call what was asked for. */
  readonly model: string;
  /** The alias it was asked for by. */
  readonly alias?: string;
  readonly outcome: "ok" | "denied" | "failed" | "canceled";
  /** Why not. */
  readonly reason?: Reason;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The provider did not say the tokens; they are estimated by the length of the texts. */
  readonly estimated?: true;
  /** Millionths of a US dollar; absent for a model without a price. */
  readonly costMicros?: number;
  readonly latencyMs: number;
  readonly finishReason?: string;
  /** How many requests to providers it took, where more than one. */
  readonly attempts?: number;
  /** `sha256:<hex>` of the request as the agent sent it, in canonical JSON, and of the answer. */
  readonly requestDigest: string;
  readonly responseDigest?: string;
  /** With `models.record` in berth.json, where they are not too long. */
  readonly request?: JsonObject;
  readonly response?: JsonObject;
}

/** One operation on the workspace that a run asked for, denied ones too. */
export interface FileEvent {
  readonly kind: "file";
  readonly op: "list" | "read" | "write" | "delete";
  readonly path: string;
  readonly grantId?: string;
  readonly outcome: "ok" | "denied" | "failed";
  /** Why not. */
  readonly reason?: Reason;
  readonly bytes?: number;
  /** `sha256:<hex>` of the bytes read or written. */
  readonly digest?: string;
}

/** One operation on the agent's memory that a run asked for, denied ones too. */
export interface MemoryEvent {
  readonly kind: "memory";
  readonly op: "save" | "search" | "delete" | "list";
  readonly scope: MemoryScope;
  readonly grantId?: string;
  readonly outcome: "ok" | "denied" | "failed";
  /** Why not. */
  readonly reason?: Reason;
  /** `save`: what was saved. */
  readonly itemId?: string;
  /** `sha256:<hex>` of the text saved, or of the query. */
  readonly digest?: string;
  /** How many were found, listed or deleted. */
  readonly items?: number;
}

/** A grant of this run came to be, was renewed (same rights, later expiry), gave way to a wider one, or ended. */
export interface GrantEvent {
  readonly kind: "grant";
  readonly phase: "minted" | "renewed" | "rotated" | "revoked";
  readonly grantId: string;
  /** `renewed`, `rotated`: the one before. */
  readonly priorId?: string;
  readonly read: readonly string[];
  readonly write?: string;
  readonly expiresAt: string;
  /** `rotated`: the approval that allowed it. */
  readonly approvalId?: string;
  readonly approvedBy?: string;
  readonly approvedAt?: string;
  /** `sha256:<hex>` of the reason that the agent gave. */
  readonly reasonDigest?: string;
}

/** The run asked for more than its grant has, and what became of that. */
export interface ScopeRequestEvent {
  readonly kind: "scope_request";
  readonly approvalId: string;
  readonly phase: "requested" | "approved" | "denied" | "expired" | "canceled";
  readonly read: readonly string[];
  readonly write?: string;
  readonly reason: string;
  readonly expiresAt: string;
  /** `approved`, `denied`: who decided. */
  readonly by?: string;
}

/**
 * What is left of an event whose content was erased: its place in the log. Of `accepted` and `status` more is left (who,
 * when, which state), without what was said; they are marked in the same way.
 */
export interface ErasedEvent {
  readonly kind: "erased";
  readonly erased: true;
  readonly was: TaskEventKind;
  /** Base64: what the run's receipt counts in its place. Absent of what was written after the receipt. */
  readonly leaf?: string;
}

/** Always event 1. */
export interface AcceptedEvent {
  readonly kind: "accepted";
  readonly orgId: string;
  readonly agentId: string;
  readonly agentName: string;
  readonly releaseId: string;
  readonly contextId: string;
  /** The skill the caller named, if any. */
  readonly skill?: string;
  readonly protocol: "a2a" | "mcp" | "rest";
  readonly principal: { readonly kind: Principal["kind"]; readonly id: string };
  /** How the caller was verified, and through whom it came; logs from before it was recorded lack them. */
  readonly authn?: Authentication;
  readonly actors?: readonly string[];
  /** The task whose run made this call. */
  readonly parentTaskId?: string;
  readonly message: Message;
  readonly metadata?: JsonObject;
  /** The span that the call belongs to. */
  readonly trace?: TraceHeaders;
  /** As in ErasedEvent; the message is empty. */
  readonly erased?: true;
  readonly leaf?: string;
}

/** W3C Trace Context, as the headers of these names have it. */
export interface TraceHeaders {
  readonly traceparent: string;
  readonly tracestate?: string;
}

export type TaskEventKind = TaskEventBody["kind"];

/** A frame with the sequence number of the event it shows; 0 for a snapshot that opens a stream is never used: a snapshot carries the seq it is current to. */
export interface SequencedFrame {
  readonly seq: number;
  readonly frame: StreamResponse;
}
