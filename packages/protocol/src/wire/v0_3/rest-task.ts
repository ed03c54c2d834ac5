import type {
  Artifact,
  JsonObject,
  Message,
  SendMessageResponse,
  StreamResponse,
  Task,
  TaskStatus,
} from "../../a2a.ts";
import { filled, json } from "./json.ts";
import { toV03RestPart } from "./rest-part.ts";
import { toV03RestState } from "./state.ts";

/** Proto JSON of the 0.3 proto (package `a2a.v1`): `content` for parts, no `kind`. */
export function toV03RestTask(task: Task): JsonObject {
  return json({
    id: task.id,
    contextId: task.contextId,
    status: toStatus(task.status),
    artifacts: filled(task.artifacts)?.map(toArtifact),
    history: filled(task.history)?.map(toMessage),
    metadata: task.metadata,
  });
}

export function toV03RestSendResponse(response: SendMessageResponse): JsonObject {
  return "task" in response ? { task: toV03RestTask(response.task) } : { message: toMessage(response.message) };
}

export function toV03RestStreamEvent(frame: StreamResponse, { final }: { readonly final: boolean }): JsonObject {
  if ("task" in frame || "message" in frame) return toV03RestSendResponse(frame);
  if ("statusUpdate" in frame) {
    const { taskId, contextId, status, metadata } = frame.statusUpdate;
    return { statusUpdate: json({ taskId, contextId, status: toStatus(status), final, metadata }) };
  }
  const { taskId, contextId, artifact, append, lastChunk, metadata } = frame.artifactUpdate;
  return { artifactUpdate: json({ taskId, contextId, artifact: toArtifact(artifact), append, lastChunk, metadata }) };
}

function toMessage(message: Message): JsonObject {
  return json({
    messageId: message.messageId,
    contextId: message.contextId,
    taskId: message.taskId,
    role: message.role,
    content: message.parts.map(toV03RestPart),
    metadata: message.metadata,
    extensions: filled(message.extensions),
  });
}

function toStatus(status: TaskStatus): JsonObject {
  return json({
    state: toV03RestState(status.state),
    message: status.message === undefined ? undefined : toMessage(status.message),
    timestamp: status.timestamp,
  });
}

function toArtifact(artifact: Artifact): JsonObject {
  return json({
    artifactId: artifact.artifactId,
    name: artifact.name,
    description: artifact.description,
    parts: artifact.parts.map(toV03RestPart),
    metadata: artifact.metadata,
    extensions: filled(artifact.extensions),
  });
}
