import { createAgentClient, skillMessage, textMessage } from "@berth/sdk/client";
import type { JsonValue, Message, StreamResponse } from "@berth/sdk/client";
import { useState } from "react";

interface Run {
  readonly state: string;
  /** What the agent says right now. */
  readonly says: string;
  /** By name, as far as they have come. */
  readonly artifacts: { readonly [name: string]: string };
  readonly taskId?: string;
  readonly error?: string;
}

const IDLE: Run = { state: "", says: "", artifacts: {} };

export interface RunningSkill {
  readonly run: Run;
  call(input: JsonValue): Promise<void>;
  answer(text: string): Promise<void>;
}

/** One task of a skill at a time, followed as the agent works on it. */
export function useRun(url: string, skill: string): RunningSkill {
  const [run, setRun] = useState<Run>(IDLE);
  // The cookie goes along by itself: it is the same origin.
  const follow = async (message: Message): Promise<void> => {
    try {
      for await (const frame of createAgentClient({ url }).stream({ message })) setRun((before) => next(before, frame));
    } catch (cause) {
      setRun((before) => ({ ...before, error: cause instanceof Error ? cause.message : String(cause) }));
    }
  };
  return {
    run,
    async call(input) {
      setRun({ ...IDLE, state: "TASK_STATE_SUBMITTED" });
      await follow(skillMessage(skill, input));
    },
    async answer(text) {
      await follow(textMessage(text, run.taskId === undefined ? {} : { taskId: run.taskId }));
    },
  };
}

function next(run: Run, frame: StreamResponse): Run {
  if ("task" in frame) return { ...run, taskId: frame.task.id, state: frame.task.status.state };
  if ("statusUpdate" in frame) {
    const { status } = frame.statusUpdate;
    return { ...run, state: status.state, says: textOf(status.message) };
  }
  if ("artifactUpdate" in frame) {
    const { artifact, append } = frame.artifactUpdate;
    const name = artifact.name ?? artifact.artifactId;
    const piece = artifact.parts.map((part) => part.text ?? JSON.stringify(part.data, null, 2)).join("");
    const before = append === true ? (run.artifacts[name] ?? "") : "";
    return { ...run, artifacts: { ...run.artifacts, [name]: before + piece } };
  }
  return { ...run, says: textOf(frame.message) };
}

function textOf(message: Message | undefined): string {
  return message?.parts.map(({ text }) => text ?? "").join("\n") ?? "";
}
