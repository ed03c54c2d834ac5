export interface AgentHealthInfo {
  readonly state: "sleeping" | "starting" | "ready" | "draining" | "failing" | "crashlooping";
  /** Instances that ended badly since the platform started. */
  readonly restarts: number;
  /** `failing`, `crashlooping`: when a call may start one again. */
  readonly retryAt?: string;
  /** What last went wrong, such as `crashed`, and when. */
  readonly reason?: string;
  readonly since?: string;
  readonly release?: string;
  /** These for callers who may read the agent's log. */
  readonly detail?: string;
  readonly instanceId?: string;
  readonly output?: string;
}

/** One start of an instance. */
export interface WakeInfo {
  readonly at: string;
  readonly instanceId: string;
  readonly release: string;
  readonly reason: "call" | "check" | "min" | "load";
  readonly by?: string;
  readonly taskId?: string;
  readonly roomMs: number;
  readonly startMs: number;
  readonly outcome: "ready" | "failed" | "canceled";
  readonly detail?: string;
}

/** Of an agent on a developer's machine: whose, and since when it is there or is not. */
export interface AttachedAgentInfo {
  readonly machine: string | null;
  readonly since: string | null;
  /** What its clock is ahead of the platform's. */
  readonly clockSkewMs?: number;
}
