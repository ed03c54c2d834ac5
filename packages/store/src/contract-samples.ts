import { DEFAULT_AGENT_CONFIG, TaskState } from "@berth/protocol";
import type { TaskEventBody } from "@berth/protocol";
import type { PublishedAgent, ReleaseRecord } from "./agent-store.ts";
import type { AppendRequest, NewTask } from "./task-store.ts";

export const ORG = "org_1";
export const AT = "2026-11-29T10:00:00.000Z";

/** `AT` plus milliseconds. */
export function atMs(ms: number): string {
  return new Date(Date.parse(AT) + ms).toISOString();
}

export interface TaskSample {
  readonly orgId?: string;
  readonly agentId?: string;
  readonly principalId?: string;
  readonly contextId?: string;
  readonly at?: string;
  readonly key?: string;
  readonly digest?: string;
  readonly text?: string;
}

export function newTask(taskId: string, sample: TaskSample = {}): NewTask {
  const { orgId = ORG, agentId = "agt_1", principalId = "usr_1", contextId = "ctx_1", text = "hello" } = sample;
  return {
    taskId,
    at: sample.at ?? AT,
    accepted: {
      kind: "accepted",
      orgId,
      agentId,
      agentName: "hello",
      releaseId: "rel_1",
      contextId,
      protocol: "a2a",
      principal: { kind: "user", id: principalId },
      message: { messageId: "msg_1", role: "ROLE_USER", parts: [{ text }] },
    },
    ...(sample.key === undefined ? {} : { dedupe: { key: sample.key, digest: sample.digest ?? "d1" } }),
  };
}

function statusBody(state: TaskState, at: string = AT): TaskEventBody {
  return { kind: "status", status: { state, timestamp: at } };
}

function note(name: string): TaskEventBody {
  return { kind: "note", name, data: {} };
}

/** An append of one status event that also moves the task to that state. */
export function moveTo(taskId: string, expectedSeq: number, state: TaskState, at: string = AT): AppendRequest {
  return { orgId: ORG, taskId, expectedSeq, events: [{ at, body: statusBody(state, at) }], state: { state, at } };
}

export function complete(taskId: string, expectedSeq: number, at: string = AT): AppendRequest {
  return moveTo(taskId, expectedSeq, TaskState.Completed, at);
}

export function append(taskId: string, expectedSeq: number, ...names: string[]): AppendRequest {
  return { orgId: ORG, taskId, expectedSeq, events: names.map((name) => ({ at: AT, body: note(name) })) };
}

export function agentOf(name: string, releaseId: string, agentId = `agt_${name}`): PublishedAgent {
  return { orgId: ORG, agentId, name, kind: "deployed", activeReleaseId: releaseId };
}

export function releaseOf(agentId: string, releaseId: string, changes: Partial<ReleaseRecord> = {}): ReleaseRecord {
  return {
    orgId: ORG,
    releaseId,
    agentId,
    digest: `sha256:${releaseId}`,
    config: DEFAULT_AGENT_CONFIG,
    card: {
      name: "Hello",
      description: "Says hello.",
      supportedInterfaces: [],
      version: "1.0.0",
      capabilities: {},
      defaultInputModes: ["text/plain"],
      defaultOutputModes: ["text/plain"],
      skills: [{ id: "greet", name: "Greet", description: "Greets a person", tags: ["friendly"] }],
    },
    skillSchemas: [],
    entry: "src/agent.ts",
    trusted: false,
    createdAt: AT,
    ...changes,
  };
}
