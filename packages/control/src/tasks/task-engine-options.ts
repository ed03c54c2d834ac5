import type { IdGenerator, TaskEvent } from "@berth/protocol";
import type { AgentConnector, ReleaseSpec } from "@berth/runtime";
import type { AgentWithRelease, Store } from "@berth/store";
import type { JournalOf } from "../billing/post-run.ts";
import type { CallGate } from "../limits/call-gate.ts";
import type { Registry } from "../registry/registry.ts";
import type { DurableRunsOptions } from "../steps/durable-runs.ts";
import type { Schedule } from "../steps/run-timers.ts";
import type { TaskTelemetry } from "../telemetry/task-telemetry.ts";
import type { MovedTask } from "./task-changes.ts";
import type { TaskObserver } from "./task-observer.ts";
import type { IssueCredentials } from "./turn-runner.ts";

export interface TaskEngineOptions {
  readonly store: Store;
  readonly registry: Registry;
  readonly connector: AgentConnector;
  readonly specOf: (agent: AgentWithRelease) => ReleaseSpec;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  /** For runs on this machine. */
  readonly issueCredentials?: IssueCredentials;
  /** Absent: nobody is limited. */
  readonly calls?: Pick<CallGate, "enter" | "resume">;
  /** @throws AGENT_OVERLOADED before a task is made for which there is no place; absent: there always is one. */
  readonly assertRoom?: (agent: AgentWithRelease) => void;
  /** Absent: runs cost nothing. */
  readonly journalOf?: JournalOf;
  readonly onTerminal?: TaskObserver["onTerminal"];
  readonly onWritten?: TaskObserver["onWritten"];
  readonly onUsed?: TaskObserver["onUsed"];
  readonly onLate?: TaskObserver["onLate"];
  /** New events of a task, durably. Cheap, never throws. */
  readonly onMoved?: (task: MovedTask, events: readonly TaskEvent[]) => void;
  /** Absent: nobody looks. */
  readonly telemetry?: TaskTelemetry;
  readonly log?: (line: string) => void;
  /** Of durable runs. */
  readonly schedule?: Schedule;
  readonly adopt?: NonNullable<DurableRunsOptions["adopt"]>;
}
