import { createHash } from "node:crypto";
import {
  PlatformError,
  SKILL_CALL_METADATA,
  STEERING_EXTENSION,
  TaskState,
  isTerminal,
  matchesMediaType,
} from "@berth/protocol";
import type { AcceptedEvent, AgentCard, Message, SendMessageRequest } from "@berth/protocol";
import type { AgentWithRelease, DedupeEntry } from "@berth/store";
import type { WriteRequest } from "./live-task.ts";
import type { LiveTask } from "./live-task.ts";
import type { AcceptOptions, CallContext, TurnPolicy } from "./task-engine.ts";

const MAX_CONTEXT_ID = 256;

/** @throws INVALID_PARAMS, SKILL_NOT_FOUND, CONTENT_TYPE_NOT_SUPPORTED */
export function assertSendable(
  { agent, release }: AgentWithRelease,
  { message }: SendMessageRequest,
  options: AcceptOptions,
): void {
  if ((message.contextId?.length ?? 0) > MAX_CONTEXT_ID) {
    throw new PlatformError("INVALID_PARAMS", `message.contextId: longer than ${MAX_CONTEXT_ID} characters`, {
      violations: [{ field: "message.contextId", description: `longer than ${MAX_CONTEXT_ID} characters` }],
    });
  }
  const { skill } = options;
  if (skill !== undefined && !release.card.skills.some((known) => known.id === skill)) {
    const known = release.card.skills.map((each) => each.id).join(", ");
    throw new PlatformError("SKILL_NOT_FOUND", `The agent "${agent.name}" has no skill "${skill}".`, {
      hint: known === "" ? "It has no skills." : `It has: ${known}.`,
    });
  }
  assertInputModes(release.card, message, skill);
}

/** Only a media type that the caller wrote down can be wrong (A2A 1.0.1 §3.3.2, ContentTypeNotSupportedError). */
function assertInputModes(card: AgentCard, message: Message, skill: string | undefined): void {
  const skills = skill === undefined ? card.skills : card.skills.filter((each) => each.id === skill);
  const accepted = [...card.defaultInputModes, ...skills.flatMap((each) => each.inputModes ?? [])];
  if (accepted.length === 0) return;
  for (const [index, part] of message.parts.entries()) {
    const { mediaType } = part;
    if (mediaType === undefined || mediaType === "") continue;
    // Structured arguments of a skill are JSON whatever the card says about free messages.
    if (part.data !== undefined && mediaType === "application/json") continue;
    if (accepted.some((pattern) => matchesMediaType(pattern, mediaType))) continue;
    throw new PlatformError("CONTENT_TYPE_NOT_SUPPORTED", `The agent does not take "${mediaType}".`, {
      hint: `It takes: ${[...new Set(accepted)].join(", ")}.`,
      violations: [{ field: `message.parts[${index}].mediaType`, description: `not one of ${accepted.join(", ")}` }],
    });
  }
}

/** The message with the named skill in its metadata, where the agent's SDK looks for it. */
export function withSkill(message: Message, skill: string | undefined): Message {
  if (skill === undefined || message.metadata?.[SKILL_CALL_METADATA] !== undefined) return message;
  return { ...message, metadata: { ...message.metadata, [SKILL_CALL_METADATA]: { skill } } };
}

/**
 * The dedupe entry of a send. An explicit `Idempotency-Key` is strict: another content under it is a conflict. A
 * `messageId` alone repeats only the same content, and only until the caller has gone on with that task: kits and
 * simple clients use an id again for a new conversation. `generation` counts those.
 */
export function dedupeOf(request: SendMessageRequest, options: AcceptOptions, generation: number): DedupeEntry {
  const { message } = request;
  const digest = createHash("sha256")
    .update(JSON.stringify([message.taskId ?? "", message.contextId ?? "", message.parts, options.skill ?? ""]))
    .digest("hex");
  if (options.idempotencyKey !== undefined) return { key: `key:${options.idempotencyKey}`, digest };
  return { key: `message:${message.messageId}:${digest.slice(0, 32)}:${generation}`, digest };
}

/** Event 1 of a task. */
export function acceptedBody(
  { principal, protocol, trace }: CallContext,
  { agent, release }: AgentWithRelease,
  sent: {
    readonly message: Message;
    readonly contextId: string;
    readonly metadata: SendMessageRequest["metadata"] | undefined;
    readonly options: AcceptOptions;
  },
): AcceptedEvent {
  const { message, contextId, metadata, options } = sent;
  const { skill, parent } = options;
  return {
    kind: "accepted",
    orgId: agent.orgId,
    agentId: agent.agentId,
    agentName: agent.name,
    releaseId: release.releaseId,
    contextId,
    protocol,
    principal: { kind: principal.kind, id: principal.id },
    ...(principal.authn === undefined ? {} : { authn: principal.authn }),
    ...(principal.actors === undefined ? {} : { actors: principal.actors }),
    ...(parent === undefined ? {} : { parentTaskId: parent.taskId }),
    message,
    ...(skill === undefined ? {} : { skill }),
    ...(metadata === undefined ? {} : { metadata }),
    ...(trace === undefined ? {} : { trace }),
  };
}

/** An agent elsewhere is not: what it has read of a turn that ended under it, we could not know. */
export function canBeSteered({ release }: AgentWithRelease): boolean {
  const declared = release.card.capabilities.extensions?.some(({ uri }) => uri === STEERING_EXTENSION) ?? false;
  return declared && release.remote === undefined && release.target === undefined;
}

export interface Continuation {
  readonly message: Message;
  readonly protocol: CallContext["protocol"];
  readonly trace: CallContext["trace"];
  readonly dedupe: DedupeEntry;
  readonly at: string;
  readonly turnPolicy: TurnPolicy;
  readonly steerable: boolean;
}

/** What a continuation writes, decided while no other write of the task is under way. @throws UNSUPPORTED_OPERATION */
export function continuation(
  task: LiveTask,
  { message, protocol, trace, dedupe, at, turnPolicy, steerable }: Continuation,
): WriteRequest {
  const { state } = task;
  if (isTerminal(state)) {
    throw new PlatformError("UNSUPPORTED_OPERATION", `This task is over (${state}) and takes no more messages.`, {
      hint: "Send the message without a taskId; keep the contextId to stay in the conversation.",
    });
  }
  if (turnPolicy === "reject" && !task.settled) {
    throw new PlatformError("UNSUPPORTED_OPERATION", `The task is ${state}, and the message is not to wait.`, {
      hint: "Send it when the task has settled, or with the turn policy `queue`.",
    });
  }
  if (turnPolicy === "steer" && !task.settled && !steerable) {
    throw new PlatformError("UNSUPPORTED_OPERATION", `The task is ${state}, and its agent cannot be steered.`, {
      hint: "Send the message with the turn policy `queue`: it becomes the next turn.",
    });
  }
  const ours = { ...message, taskId: task.taskId, contextId: task.record.contextId };
  const interrupted = state === TaskState.InputRequired || state === TaskState.AuthRequired;
  return {
    dedupe,
    // The status first: it moves the agent's question into the history, before the answer.
    bodies: [
      ...(interrupted ? [{ kind: "status", status: { state: TaskState.Working, timestamp: at } } as const] : []),
      { kind: "message", message: ours, protocol, ...(trace === undefined ? {} : { trace }) },
    ],
  };
}

/** @throws CONTEXT_MISMATCH (A2A 1.0.1 §3.4.3) */
export function assertSameContext(task: LiveTask, message: Message): void {
  if (message.contextId === undefined || message.contextId === task.record.contextId) return;
  throw new PlatformError("CONTEXT_MISMATCH", "message.contextId is not the context of the task in message.taskId.", {
    violations: [{ field: "message.contextId", description: "does not belong to message.taskId" }],
  });
}

/** Whether the caller went on with a task after the event `seq`: another message, or a cancel. */
export async function hasMovedOn(task: LiveTask, seq: number): Promise<boolean> {
  const events = await task.eventsAfter(seq);
  return events.some(
    ({ body }) =>
      (body.kind === "message" && body.message.role === "ROLE_USER") ||
      (body.kind === "status" && body.status.state === TaskState.Canceled),
  );
}
