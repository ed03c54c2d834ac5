import type { JsonObject } from "@berth/protocol";

export interface AuditEntry {
  readonly orgId: string;
  readonly at: string;
  readonly actor: string;
  /** `noun.verb`, such as `agent.deploy`. */
  readonly action: string;
  readonly resource: string;
  readonly outcome: "ok" | "denied" | "failed";
  readonly detail?: JsonObject;
}

export interface AuditStore {
  append(entry: AuditEntry): Promise<void>;
  /** Newest first. */
  list(orgId: string, limit: number): Promise<readonly AuditEntry[]>;
}
