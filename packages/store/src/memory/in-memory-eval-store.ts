import type { EvalSuite } from "@berth/protocol";
import type { EvalRunRecord, EvalRunSummary, EvalStore } from "../eval-store.ts";
import { evalRunAsKept, suitesAsKept, toEvalSummary } from "../kept-evals.ts";
import { boundPageSize } from "../page-token.ts";
import { requireStorableText } from "../storable-text.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryEvalStore implements EvalStore {
  readonly #state: InMemoryState;
  readonly #suites = new Map<string, readonly EvalSuite[]>();
  readonly #runs = new Map<string, EvalRunRecord>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async saveSuites(orgId: string, releaseId: string, suites: readonly EvalSuite[]): Promise<void> {
    this.#state.assertOpen();
    requireStorableText({ orgId, releaseId });
    this.#suites.set(keyOf(orgId, releaseId), suitesAsKept(suites));
  }

  async suites(orgId: string, releaseId: string): Promise<readonly EvalSuite[]> {
    this.#state.assertOpen();
    return this.#suites.get(keyOf(orgId, releaseId)) ?? [];
  }

  async saveRun(run: EvalRunRecord): Promise<void> {
    this.#state.assertOpen();
    const kept = evalRunAsKept(run);
    this.#runs.set(keyOf(kept.orgId, kept.runId), kept);
  }

  async findRun(orgId: string, runId: string): Promise<EvalRunRecord | undefined> {
    this.#state.assertOpen();
    return this.#runs.get(keyOf(orgId, runId));
  }

  async runs(
    orgId: string,
    { agentId, suite, limit }: { readonly agentId: string; readonly suite?: string; readonly limit: number },
  ): Promise<readonly EvalRunSummary[]> {
    return this.#newestFirst((run) => run.orgId === orgId && run.agentId === agentId)
      .filter((run) => suite === undefined || run.suite === suite)
      .slice(0, boundPageSize(limit))
      .map(toEvalSummary);
  }

  async latest(orgId: string, releaseIds: readonly string[]): Promise<readonly EvalRunSummary[]> {
    const scored = this.#newestFirst((run) => run.orgId === orgId && run.score !== undefined);
    return releaseIds.flatMap((id) => {
      const found = scored.find(({ releaseId }) => releaseId === id);
      return found === undefined ? [] : [toEvalSummary(found)];
    });
  }

  async running(limit: number): Promise<readonly EvalRunRecord[]> {
    return this.#newestFirst(({ status }) => status === "running").slice(0, limit);
  }

  #newestFirst(matches: (run: EvalRunRecord) => boolean): readonly EvalRunRecord[] {
    this.#state.assertOpen();
    return [...this.#runs.values()]
      .filter(matches)
      .sort((a, b) => (keyOf(a.startedAt, a.runId) > keyOf(b.startedAt, b.runId) ? -1 : 1));
  }
}
