import { TaskState } from "../a2a.ts";
import type {
  Artifact,
  Part,
  SendMessageResponse,
  StreamResponse,
  Task,
  TaskArtifactUpdateEvent,
  TaskStatus,
  TaskStatusUpdateEvent,
} from "../a2a.ts";
import { timestamp } from "./formats.ts";
import { agentMessage } from "./message.ts";
import { maybeNoParts, parts } from "./part.ts";
import type { Parser } from "./place.ts";
import { exactlyOne, map, present, protoObject } from "./proto-object.ts";
import type { ProtoObject } from "./proto-object.ts";
import { boolean, id, jsonObject, listOf, oneOf, optionalId, optionalString, strings } from "./values.ts";

export const taskState: Parser<TaskState> = oneOf(Object.values(TaskState));

const taskStatus: Parser<TaskStatus> = protoObject((object) =>
  present<TaskStatus>({
    state: object.required("state", taskState),
    message: object.optional("message", agentMessage),
    timestamp: object.optional("timestamp", timestamp),
  }),
);

function artifactWith(content: (object: ProtoObject) => readonly Part[] | undefined): Parser<Artifact> {
  return protoObject((object) =>
    present<Artifact>({
      artifactId: object.required("artifactId", id),
      name: object.optional("name", optionalString),
      description: object.optional("description", optionalString),
      parts: content(object),
      metadata: object.optional("metadata", jsonObject),
      extensions: object.optional("extensions", strings),
    }),
  );
}

const artifact = artifactWith((object) => object.required("parts", parts));

/** The chunk that closes an artifact may add nothing; proto3 leaves an empty list out. */
const closingArtifact = artifactWith((object) => object.optional("parts", maybeNoParts) ?? []);

/** What an agent says a task is. */
export const task: Parser<Task> = protoObject((object) =>
  present<Task>({
    id: object.required("id", id),
    contextId: object.optional("contextId", optionalId),
    status: object.required("status", taskStatus),
    artifacts: object.optional("artifacts", listOf(artifact)),
    history: object.optional("history", listOf(agentMessage)),
    metadata: object.optional("metadata", jsonObject),
  }),
);

const statusUpdate: Parser<TaskStatusUpdateEvent> = protoObject((object) =>
  present<TaskStatusUpdateEvent>({
    taskId: object.required("taskId", id),
    contextId: object.required("contextId", id),
    status: object.required("status", taskStatus),
    metadata: object.optional("metadata", jsonObject),
  }),
);

const artifactUpdate: Parser<TaskArtifactUpdateEvent> = protoObject((object) => {
  const append = object.optional("append", boolean);
  const lastChunk = object.optional("lastChunk", boolean);
  return present<TaskArtifactUpdateEvent>({
    taskId: object.required("taskId", id),
    contextId: object.required("contextId", id),
    artifact: object.required("artifact", append === true && lastChunk === true ? closingArtifact : artifact),
    append,
    lastChunk,
    metadata: object.optional("metadata", jsonObject),
  });
});

export const sendMessageResponse: Parser<SendMessageResponse> = exactlyOne<SendMessageResponse>({
  task: map(task, (parsed) => ({ task: parsed })),
  message: map(agentMessage, (parsed) => ({ message: parsed })),
});

export const streamResponse: Parser<StreamResponse> = exactlyOne<StreamResponse>({
  task: map(task, (parsed) => ({ task: parsed })),
  message: map(agentMessage, (parsed) => ({ message: parsed })),
  statusUpdate: map(statusUpdate, (parsed) => ({ statusUpdate: parsed })),
  artifactUpdate: map(artifactUpdate, (parsed) => ({ artifactUpdate: parsed })),
});
