import type { Artifact, JsonObject, Message, StreamResponse, TaskStatus } from "./a2a.ts";
import type { Authentication, Principal } from "./principal.ts";
import type { Reason } from "./errors.ts";
import type { RunUsage } from "./run-usage.ts";

/**
 * One entry of a task's append-only log. `seq` starts at 1 and has no gaps. Everything a client ever sees of a task is
 * a fold of its events; kinds that clients do not see (`upstream`, `instance`, `egress`, `file`, `grant`, `scope_request`, `call`,
 * `usage`, `note`) are for the receipt,
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
  | { readonly kind: "message"; readonly message: Message; readonly protocol?: AcceptedEvent["protocol"] }
  | { readonly kind: "status"; readonly status: TaskStatus; readonly reason?: Reason; readonly metadata?: JsonObject }
  | {
      readonly kind: "artifact";
      readonly artifact: Artifact;
      readonly append?: boolean;
      readonly lastChunk?: boolean;
      readonly metadata?: JsonObject;
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
  | FileEvent
  | GrantEvent
  | ScopeRequestEvent
  /** This run called another agent: `childTaskId` is the task it made. */
  | { readonly kind: "call"; readonly agentName: string; readonly skill?: string; readonly childTaskId: string }
  | { readonly kind: "note"; readonly name: string; readonly data: JsonObject };

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
}

export type TaskEventKind = TaskEventBody["kind"];

/** A frame with the sequence number of the event it shows; 0 for a snapshot that opens a stream is never used: a snapshot carries the seq it is current to. */
export interface SequencedFrame {
  readonly seq: number;
  readonly frame: StreamResponse;
}
