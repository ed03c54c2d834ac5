/** A run that goes on after the process that executes it: as long as it has not ended. */
export interface RunRecord {
  readonly orgId: string;
  readonly taskId: string;
  /** What its executions begin with: the engine's affair, as JSON text. */
  readonly turn: string;
  /** When it is to be looked at; absent: it is executed, or waits for something else than a moment. */
  readonly wakeAt?: string;
}

/** What a durable run needs beside its log, which is its journal. */
export interface RunStore {
  /** Before its task is created, so that no acknowledged task is without. The second of one task is not kept. */
  insert(run: RunRecord): Promise<void>;
  find(orgId: string, taskId: string): Promise<RunRecord | undefined>;
  /** Changes when it is to be looked at. Nothing for a run that is gone. */
  wakeAt(orgId: string, taskId: string, at: string | undefined): Promise<void>;
  /** Nothing for a run that is gone. */
  remove(orgId: string, taskId: string): Promise<void>;
  /** Of every organization, those whose moment is not after `at`, the earliest first. */
  due(at: string, limit: number): Promise<readonly RunRecord[]>;
  /** Of every organization, by task id. */
  list(page: { readonly afterTaskId?: string; readonly limit: number }): Promise<readonly RunRecord[]>;
}
