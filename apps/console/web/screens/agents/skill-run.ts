import type { Artifact, Message, Part, TaskState } from "../../api/types.ts";
import { ApiError } from "../../api/client.ts";
import type { SseEvent } from "../../api/live/sse-parser.ts";

/** What is known of a call while its answer comes in. */
export interface SkillRun {
  readonly taskId?: string;
  readonly contextId?: string;
  readonly state: TaskState;
  /** What the agent said on the way, the last 50. */
  readonly said: readonly string[];
  readonly artifacts: readonly Artifact[];
  readonly output?: unknown;
  readonly receiptId?: string;
  readonly isDone: boolean;
  readonly problem?: ApiError;
}

export const NEW_RUN: SkillRun = { state: "TASK_STATE_SUBMITTED", said: [], artifacts: [], isDone: false };

const MAX_SAID = 50;

/** The frames of `POST /invoke/{skill}?stream`, folded. What is not known is passed over: a newer platform may say more. */
export function foldRun(run: SkillRun, { event, data }: SseEvent): SkillRun {
  const frame = parsed(data);
  if (frame === undefined) return run;
  if (event === "result") return withResult(run, frame);
  if (event === "error") return { ...run, isDone: true, problem: new ApiError(0, frame) };
  const { task, statusUpdate, artifactUpdate } = frame;
  if (isObject(task)) {
    const status = isObject(task["status"]) ? task["status"] : {};
    return { ...run, ...idsOf({ taskId: task["id"], contextId: task["contextId"] }), ...stateOf(status) };
  }
  if (isObject(statusUpdate)) {
    const status = isObject(statusUpdate["status"]) ? statusUpdate["status"] : {};
    const text = textOf(status["message"]);
    return {
      ...run,
      ...idsOf(statusUpdate),
      ...stateOf(status),
      said: text === "" ? run.said : [...run.said, text].slice(-MAX_SAID),
    };
  }
  if (isObject(artifactUpdate) && isArtifact(artifactUpdate["artifact"])) {
    const { artifact, append } = artifactUpdate;
    return { ...run, artifacts: withArtifact(run.artifacts, artifact, append === true) };
  }
  return run;
}

function withResult(run: SkillRun, frame: Members): SkillRun {
  const { output, receiptId, artifacts, message } = frame;
  const said = textOf(message);
  return {
    ...run,
    ...idsOf(frame),
    ...stateOf(frame),
    ...(output === null || output === undefined ? {} : { output }),
    ...(typeof receiptId === "string" ? { receiptId } : {}),
    artifacts: Array.isArray(artifacts) ? artifacts.filter(isArtifact) : run.artifacts,
    said: said === "" || run.said.at(-1) === said ? run.said : [...run.said, said].slice(-MAX_SAID),
    isDone: true,
  };
}

function withArtifact(artifacts: readonly Artifact[], piece: Artifact, append: boolean): readonly Artifact[] {
  const before = artifacts.find(({ artifactId }) => artifactId === piece.artifactId);
  if (before === undefined) return [...artifacts, piece];
  const next = append ? { ...before, parts: [...before.parts, ...piece.parts] } : piece;
  return artifacts.map((each) => (each === before ? next : each));
}

/** The text of a message's parts; data and files are left to those who show them. */
export function textOf(message: unknown): string {
  if (!isObject(message) || !Array.isArray(message["parts"])) return "";
  // A message of ours has parts.
  return (message as unknown as Message).parts.map((part) => part.text ?? "").join("");
}

/** Pieces of text that belong together as one, anything else as it is. */
export function joinedParts(parts: readonly Part[]): readonly Part[] {
  const joined: Part[] = [];
  for (const part of parts) {
    const last = joined.at(-1);
    if (part.text !== undefined && last?.text !== undefined)
      joined[joined.length - 1] = { ...last, text: last.text + part.text };
    else joined.push(part);
  }
  return joined;
}

type Members = { readonly [name: string]: unknown };

function idsOf({ taskId, contextId }: Members): Pick<SkillRun, "taskId" | "contextId"> {
  return { ...(typeof taskId === "string" ? { taskId } : {}), ...(typeof contextId === "string" ? { contextId } : {}) };
}

function stateOf({ state }: Members): Partial<Pick<SkillRun, "state">> {
  // States are shown by their name; one that is not known is shown all the same.
  return typeof state === "string" ? { state: state as TaskState } : {};
}

function isArtifact(value: unknown): value is Artifact {
  return isObject(value) && typeof value["artifactId"] === "string" && Array.isArray(value["parts"]);
}

function parsed(text: string): Members | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isObject(value: unknown): value is Members {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
