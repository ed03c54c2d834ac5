import { isTerminal } from "@berth/protocol";
import type { TaskState } from "@berth/protocol";
import { toInstant } from "./instant.ts";
import type { RunJournal } from "./journal-store.ts";
import { freeJournal, keptJournal } from "./kept-journal.ts";
import { requireStorableText } from "./storable-text.ts";
import type { AppendRequest, DedupeEntry, NewTask } from "./task-store.ts";

/**
 * A write, checked and serialized on the caller's time: what is wrong with it fails its caller alone, before it is
 * committed together with the writes of others.
 */
export interface CreateWrite {
  readonly kind: "create";
  readonly orgId: string;
  readonly taskId: string;
  readonly contextId: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly principalId: string;
  readonly at: string;
  readonly body: string;
  readonly dedupe?: DedupeEntry;
  readonly bytes: number;
}

export interface AppendWrite {
  readonly kind: "append";
  readonly orgId: string;
  readonly taskId: string;
  readonly expectedSeq: number;
  readonly events: readonly { readonly at: string; readonly body: string }[];
  readonly state?: { readonly state: TaskState; readonly at: string };
  /** Set when the state is terminal. */
  readonly journal?: RunJournal;
  readonly dedupe?: DedupeEntry;
  readonly bytes: number;
}

export type TaskWrite = CreateWrite | AppendWrite;

/** @throws PlatformError INVALID_PARAMS */
export function prepareCreate(task: NewTask): CreateWrite {
  const { taskId, accepted, dedupe } = task;
  const { orgId, contextId, agentId, releaseId } = accepted;
  const principalId = accepted.principal.id;
  requireStorableText({ orgId, taskId, contextId, agentId, releaseId, principalId, ...dedupe });
  const body = JSON.stringify(accepted);
  return {
    kind: "create",
    orgId,
    taskId,
    contextId,
    agentId,
    releaseId,
    principalId,
    at: toInstant(task.at),
    body,
    ...(dedupe === undefined ? {} : { dedupe }),
    bytes: body.length,
  };
}

/** @throws PlatformError INVALID_PARAMS */
export function prepareAppend(request: AppendRequest): AppendWrite {
  const { orgId, taskId, expectedSeq, state, dedupe } = request;
  if (request.events.length === 0) throw new Error("an append has at least one event");
  requireStorableText({ orgId, taskId, ...dedupe });
  const events = request.events.map(({ at, body }) => ({ at: toInstant(at), body: JSON.stringify(body) }));
  return {
    kind: "append",
    orgId,
    taskId,
    expectedSeq,
    events,
    ...(state === undefined ? {} : { state: { state: state.state, at: toInstant(state.at) } }),
    ...(state === undefined || !isTerminal(state.state) ? {} : { journal: journalOf(request) }),
    ...(dedupe === undefined ? {} : { dedupe }),
    bytes: events.reduce((sum, event) => sum + event.body.length, 0),
  };
}

function journalOf({ journal, events }: AppendRequest): RunJournal {
  return keptJournal(journal ?? freeJournal(events.at(-1)?.at ?? ""));
}
