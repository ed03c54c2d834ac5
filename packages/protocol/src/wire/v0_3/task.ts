import type { Artifact, JsonObject, SendMessageResponse, Task, TaskStatus } from "../../a2a.ts";
import { timestamp } from "../../validation/formats.ts";
import { parseWith } from "../../validation/place.ts";
import type { Parser } from "../../validation/place.ts";
import { map, present, protoObject } from "../../validation/proto-object.ts";
import { id, jsonObject, listOf, optionalId, optionalString, strings } from "../../validation/values.ts";
import { filled, json } from "./json.ts";
import { MAX_PARTS, checkKind, toV03Message, v03Message } from "./message.ts";
import { toV03Part, v03Part } from "./part.ts";
import { toV03State, v03State } from "./state.ts";

export function toV03Task(task: Task): JsonObject {
  return json({
    kind: "task",
    id: task.id,
    contextId: task.contextId ?? "",
    status: toV03Status(task.status),
    artifacts: filled(task.artifacts)?.map(toV03Artifact),
    history: filled(task.history)?.map(toV03Message),
    metadata: task.metadata,
  });
}

export function toV03Status(status: TaskStatus): JsonObject {
  return json({
    state: toV03State(status.state),
    message: status.message === undefined ? undefined : toV03Message(status.message),
    timestamp: status.timestamp,
  });
}

export function toV03Artifact(artifact: Artifact): JsonObject {
  return json({
    artifactId: artifact.artifactId,
    name: artifact.name,
    description: artifact.description,
    parts: artifact.parts.map(toV03Part),
    metadata: artifact.metadata,
    extensions: filled(artifact.extensions),
  });
}

/** The result of `message/send`: the task or the message itself. */
export function toV03SendResult(response: SendMessageResponse): JsonObject {
  return "task" in response ? toV03Task(response.task) : toV03Message(response.message);
}

/** @throws PlatformError INVALID_PARAMS */
export function fromV03Task(value: unknown): Task {
  return parseWith(v03Task, value);
}

/** @throws PlatformError INVALID_PARAMS */
export function fromV03SendResult(value: unknown): SendMessageResponse {
  return parseWith(sendResult, value);
}

/** 0.3 says ISO 8601, and Python agents leave the zone out when they mean UTC. */
const looseTimestamp: Parser<string> = (value, place) =>
  timestamp(typeof value === "string" && /T[\d:.]+$/.test(value) ? `${value}Z` : value, place);

export const v03Status: Parser<TaskStatus> = protoObject((object) =>
  present<TaskStatus>({
    state: object.required("state", v03State),
    message: object.optional("message", v03Message),
    timestamp: object.optional("timestamp", looseTimestamp),
  }),
);

/** `min` is 0 for the chunk that only closes an artifact. */
export function v03ArtifactWith({ min }: { readonly min: 0 | 1 }): Parser<Artifact> {
  return protoObject((object) =>
    present<Artifact>({
      artifactId: object.required("artifactId", id),
      name: object.optional("name", optionalString),
      description: object.optional("description", optionalString),
      parts: object.required("parts", listOf(v03Part, { min, max: MAX_PARTS })),
      metadata: object.optional("metadata", jsonObject),
      extensions: object.optional("extensions", strings),
    }),
  );
}

export const v03Task: Parser<Task> = protoObject((object) => {
  checkKind(object, "task");
  return present<Task>({
    id: object.required("id", id),
    contextId: object.optional("contextId", optionalId),
    status: object.required("status", v03Status),
    artifacts: object.optional("artifacts", listOf(v03ArtifactWith({ min: 1 }))),
    history: object.optional("history", listOf(v03Message)),
    metadata: object.optional("metadata", jsonObject),
  });
});

const asTask: Parser<SendMessageResponse> = map(v03Task, (task) => ({ task }));
const asMessage: Parser<SendMessageResponse> = map(v03Message, (message) => ({ message }));

const sendResult: Parser<SendMessageResponse> = protoObject((object) =>
  object.raw("kind") === "message" ? object.as(asMessage) : object.as(asTask),
);
