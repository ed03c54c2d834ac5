import type { RunRecord, RunStore } from "../run-store.ts";
import { requireStorableText } from "../storable-text.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryRunStore implements RunStore {
  readonly #state: InMemoryState;
  /** By task id: those are unique in an installation. */
  readonly #runs = new Map<string, RunRecord>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async insert(run: RunRecord): Promise<void> {
    this.#state.assertOpen();
    const { orgId, taskId } = run;
    requireStorableText({ orgId, taskId });
    if (!this.#runs.has(taskId)) this.#runs.set(taskId, run);
  }

  async find(orgId: string, taskId: string): Promise<RunRecord | undefined> {
    this.#state.assertOpen();
    const run = this.#runs.get(taskId);
    return run?.orgId === orgId ? run : undefined;
  }

  async wakeAt(orgId: string, taskId: string, at: string | undefined): Promise<void> {
    const run = await this.find(orgId, taskId);
    if (run === undefined) return;
    const { wakeAt: _before, ...rest } = run;
    this.#runs.set(taskId, { ...rest, ...(at === undefined ? {} : { wakeAt: at }) });
  }

  async remove(orgId: string, taskId: string): Promise<void> {
    if ((await this.find(orgId, taskId)) !== undefined) this.#runs.delete(taskId);
  }

  async due(at: string, limit: number): Promise<readonly RunRecord[]> {
    this.#state.assertOpen();
    const due = [...this.#runs.values()].filter(({ wakeAt }) => wakeAt !== undefined && wakeAt <= at);
    return due.toSorted((a, b) => ((a.wakeAt ?? "") < (b.wakeAt ?? "") ? -1 : 1)).slice(0, limit);
  }

  async list({
    afterTaskId = "",
    limit,
  }: {
    readonly afterTaskId?: string;
    readonly limit: number;
  }): Promise<readonly RunRecord[]> {
    this.#state.assertOpen();
    const later = [...this.#runs.values()].filter(({ taskId }) => taskId > afterTaskId);
    return later.toSorted((a, b) => (a.taskId < b.taskId ? -1 : 1)).slice(0, limit);
  }
}
