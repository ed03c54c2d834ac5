import type { Reason, TaskEvent, TaskEventBody, TaskState } from "@berth/protocol";
import type { RunJournal, TaskRecord } from "@berth/store";
import type { SpanRecord } from "@berth/telemetry";
import type { MovedTask } from "./task-changes.ts";
import type { SeenTask } from "../telemetry/task-telemetry.ts";

/** Whose task ended, and how. */
export interface EndedTask {
  readonly orgId: string;
  readonly taskId: string;
  readonly agentId: string;
  readonly releaseId: string;
  readonly state: TaskState;
  /** Why the platform ended it. */
  readonly reason?: Reason | undefined;
}

/** What is told of a task to the rest of the platform. All of it is on the path of every event: cheap, never throws. */
export interface TaskObserver {
  /** It has ended, durably; its receipt waits. The journal is what was posted with it. */
  readonly onTerminal: (task: EndedTask, journal?: RunJournal) => void;
  /** It has new events, durably. */
  readonly onWritten: (taskId: string) => void;
  /** These are its new events, in order, and the spans that began or ended with them. */
  readonly onSeen: (task: SeenTask & MovedTask, events: readonly TaskEvent[], spans: readonly SpanRecord[]) => void;
  /** Its agent has reported to have used that much more. */
  readonly onUsed: (taskId: string, more: { readonly tokens: number; readonly costMicros: number }) => void;
  /** A write of it failed and may have been done all the same: somebody has to see to it that the task ends. */
  readonly onUnsure: (task: { readonly orgId: string; readonly taskId: string }) => void;
  /**
   * Was seen of a run after its end. Its log is what its receipt signs and says no more. Unlike the others this waits:
   * what was seen is durable when it resolves.
   */
  readonly onLate: (
    record: Pick<TaskRecord, "orgId" | "taskId" | "agentId">,
    bodies: readonly TaskEventBody[],
  ) => Promise<void>;
}
