import { TaskState } from "../../a2a.ts";
import type { JsonObject, StreamResponse, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "../../a2a.ts";
import { isTerminal } from "../../task-lifecycle.ts";
import { parseWith } from "../../validation/place.ts";
import type { Parser } from "../../validation/place.ts";
import { map, present, protoObject } from "../../validation/proto-object.ts";
import { boolean, id, jsonObject, oneOf } from "../../validation/values.ts";
import { json } from "./json.ts";
import { toV03Message, v03Message } from "./message.ts";
import { toV03Artifact, toV03Status, toV03Task, v03ArtifactWith, v03Status, v03Task } from "./task.ts";

/**
 * Whether a stream has nothing more to say for now: a message, a terminal state, or INPUT_REQUIRED. AUTH_REQUIRED
 * keeps its stream, because the credential arrives by another way (A2A 1.0.1 §7.6.1).
 */
export function isFinal(frame: StreamResponse): boolean {
  if ("message" in frame) return true;
  if ("artifactUpdate" in frame) return false;
  const { state } = "task" in frame ? frame.task.status : frame.statusUpdate.status;
  return isTerminal(state) || state === TaskState.InputRequired;
}

export function toV03StreamEvent(frame: StreamResponse, { final }: { readonly final: boolean }): JsonObject {
  if ("task" in frame) return toV03Task(frame.task);
  if ("message" in frame) return toV03Message(frame.message);
  if ("statusUpdate" in frame) {
    const { taskId, contextId, status, metadata } = frame.statusUpdate;
    return json({ kind: "status-update", taskId, contextId, status: toV03Status(status), final, metadata });
  }
  const { taskId, contextId, artifact, append, lastChunk, metadata } = frame.artifactUpdate;
  return json({
    kind: "artifact-update",
    taskId,
    contextId,
    artifact: toV03Artifact(artifact),
    append,
    lastChunk,
    metadata,
  });
}

/** @throws PlatformError INVALID_PARAMS */
export function fromV03StreamEvent(value: unknown): StreamResponse {
  return parseWith(streamEvent, value);
}

const statusUpdate: Parser<TaskStatusUpdateEvent> = protoObject((object) =>
  present<TaskStatusUpdateEvent>({
    taskId: object.required("taskId", id),
    contextId: object.required("contextId", id),
    status: object.required("status", v03Status),
    metadata: object.optional("metadata", jsonObject),
  }),
);

const artifactUpdate: Parser<TaskArtifactUpdateEvent> = protoObject((object) => {
  const append = object.optional("append", boolean);
  const lastChunk = object.optional("lastChunk", boolean);
  const min = append === true && lastChunk === true ? 0 : 1;
  return present<TaskArtifactUpdateEvent>({
    taskId: object.required("taskId", id),
    contextId: object.required("contextId", id),
    artifact: object.required("artifact", v03ArtifactWith({ min })),
    append,
    lastChunk,
    metadata: object.optional("metadata", jsonObject),
  });
});

const KINDS = {
  task: map(v03Task, (task): StreamResponse => ({ task })),
  message: map(v03Message, (message): StreamResponse => ({ message })),
  "status-update": map(statusUpdate, (update): StreamResponse => ({ statusUpdate: update })),
  "artifact-update": map(artifactUpdate, (update): StreamResponse => ({ artifactUpdate: update })),
} as const;

const kindOfEvent = oneOf(["task", "message", "status-update", "artifact-update"]);

const streamEvent: Parser<StreamResponse> = protoObject((object) => {
  const kind = object.required("kind", kindOfEvent);
  return kind === undefined ? undefined : object.as(KINDS[kind]);
});
