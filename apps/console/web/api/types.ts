/** Answers of the API as docs/reference/api.md has them; what a screen does not read is left out. */
export type { Artifact, Message, Part, Task, TaskState, AgentCard } from "@berth/protocol";

export interface Skill {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly inputSchema?: JsonSchema;
  readonly outputSchema?: JsonSchema;
}

/** A JSON Schema as a stranger wrote it: read with care. */
export type JsonSchema = { readonly [key: string]: unknown };

type AgentState = "sleeping" | "starting" | "ready" | "draining" | "remote" | "drifted" | "attached" | "detached";

export interface Agent {
  readonly name: string;
  readonly agentId: string;
  readonly kind: "deployed" | "remote" | "internal" | "attached";
  readonly description: string;
  readonly version: string;
  readonly release: string;
  readonly visibility: "public" | "org" | "private";
  readonly tags: readonly string[];
  readonly skills: readonly Skill[];
  readonly url: string;
  readonly cardUrl: string;
  readonly mcpUrl: string;
  readonly state: AgentState;
  readonly trusted: boolean;
  /** Absent: it runs on this platform. */
  readonly target?: string;
  readonly instances: readonly {
    readonly instanceId: string;
    readonly release: string;
    readonly state: string;
    readonly activeCalls: number;
    readonly startedAt: string;
  }[];
  readonly health?: {
    readonly state: string;
    readonly restarts: number;
    readonly retryAt?: string;
    readonly reason?: string;
    readonly since?: string;
    readonly detail?: string;
    readonly instanceId?: string;
    readonly output?: string;
  };
  readonly evals?: { readonly suite: string; readonly score: number; readonly passed: boolean; readonly at: string };
  readonly createdAt: string;
  readonly updatedAt: string;
}
