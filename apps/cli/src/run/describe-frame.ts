import { SCOPE_REQUEST_METADATA, TaskState, isTerminal } from "@berth/protocol";
import type { Artifact, Message, Part, StreamResponse } from "@berth/protocol";
import { isOutput, textOf } from "./run-state.ts";

/** One line of progress for a frame, or undefined where there is nothing a person waits for. */
export function describeFrame(frame: StreamResponse): string | undefined {
  if ("artifactUpdate" in frame) {
    const { artifact, append } = frame.artifactUpdate;
    // Chunks that follow would be a line each.
    return append === true || isOutput(artifact) ? undefined : `artifact ${describeArtifact(artifact)}`;
  }
  if (!("statusUpdate" in frame)) return undefined;
  const { state, message } = frame.statusUpdate.status;
  if (state === TaskState.AuthRequired && message !== undefined && asksForScope(message)) {
    // The stream stays open: the run goes on by itself once somebody has decided.
    return `waits for an approval: ${textOf(message.parts)}`;
  }
  // The end and a question are shown by whoever asked for the run.
  if (isTerminal(state) || state === TaskState.InputRequired || state === TaskState.AuthRequired) return undefined;
  const text = textOf(message?.parts ?? []);
  return text === "" ? undefined : text;
}

function asksForScope({ metadata }: Message): boolean {
  return metadata?.[SCOPE_REQUEST_METADATA] !== undefined;
}

export function describeArtifact({ name, artifactId, parts }: Artifact): string {
  return `${name ?? artifactId} (${parts.map(describePart).join(", ")})`;
}

function describePart({ text, raw, url, mediaType }: Part): string {
  if (text !== undefined) return `${text.length} characters`;
  // Four characters of base64 are three bytes.
  if (raw !== undefined)
    return `${Math.floor((raw.length * 3) / 4)} bytes${mediaType === undefined ? "" : ` ${mediaType}`}`;
  return url ?? "data";
}

/** `TASK_STATE_INPUT_REQUIRED` as people say it. */
export function stateText(state: TaskState): string {
  return state.replace("TASK_STATE_", "").toLowerCase().replaceAll("_", " ");
}
