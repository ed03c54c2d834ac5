import type {
  EvalSample,
  EvalSampleStore,
  EvalSampleSummary,
  SamplingPoint,
  SealedTask,
} from "../eval-sample-store.ts";
import { sampleAsKept, thousandthsOf, toSampleSummary } from "../kept-eval-samples.ts";
import { boundPageSize } from "../page-token.ts";
import { requireStorableText } from "../storable-text.ts";
import { keyOf } from "../task-book.ts";
import type { InMemoryState } from "./in-memory-state.ts";

export class InMemoryEvalSampleStore implements EvalSampleStore {
  readonly #state: InMemoryState;
  readonly #points = new Map<string, number>();
  readonly #samples = new Map<string, EvalSample>();

  constructor(state: InMemoryState) {
    this.#state = state;
  }

  async begin({ orgId, nextLeaf }: SamplingPoint): Promise<void> {
    this.#state.assertOpen();
    requireStorableText({ orgId });
    if (!this.#points.has(orgId)) this.#points.set(orgId, nextLeaf);
  }

  async points(): Promise<readonly SamplingPoint[]> {
    this.#state.assertOpen();
    return [...this.#points]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([orgId, nextLeaf]): SamplingPoint => ({ orgId, nextLeaf }));
  }

  async movePoint({ orgId, nextLeaf }: SamplingPoint): Promise<void> {
    this.#state.assertOpen();
    const known = this.#points.get(orgId);
    if (known !== undefined) this.#points.set(orgId, Math.max(known, nextLeaf));
  }

  async sealedTasks({ orgId, nextLeaf }: SamplingPoint, limit: number): Promise<readonly SealedTask[]> {
    this.#state.assertOpen();
    return [...this.#state.receiptOfTask.values()]
      .filter((receipt) => receipt.orgId === orgId && receipt.leafIndex >= nextLeaf)
      .sort((a, b) => a.leafIndex - b.leafIndex)
      .flatMap(({ taskId, receiptId, leafIndex }) => {
        const task = this.#state.book.tasks.get(keyOf(orgId, taskId));
        if (task === undefined) return [];
        const { agentId, releaseId, principalId, state } = task;
        return [{ taskId, receiptId, leafIndex, agentId, releaseId, principalId, state }];
      })
      .slice(0, boundPageSize(limit));
  }

  async save(sample: EvalSample): Promise<void> {
    this.#state.assertOpen();
    const kept = sampleAsKept(sample);
    const key = keyOf(kept.orgId, kept.taskId);
    if (!this.#samples.has(key)) this.#samples.set(key, kept);
  }

  async sampled(orgId: string, taskIds: readonly string[]): Promise<ReadonlySet<string>> {
    this.#state.assertOpen();
    return new Set(taskIds.filter((taskId) => this.#samples.has(keyOf(orgId, taskId))));
  }

  async list(
    orgId: string,
    { agentId, limit }: { readonly agentId: string; readonly limit: number },
  ): Promise<readonly EvalSample[]> {
    return this.#of(orgId)
      .filter((sample) => sample.agentId === agentId)
      .slice(0, boundPageSize(limit));
  }

  async summaries(orgId: string, releaseIds: readonly string[]): Promise<readonly EvalSampleSummary[]> {
    const all = this.#of(orgId);
    return releaseIds.flatMap((releaseId) => {
      const samples = all.filter((sample) => sample.releaseId === releaseId);
      const [newest] = samples;
      if (newest === undefined) return [];
      const scores = samples.flatMap((sample) => thousandthsOf(sample) ?? []);
      const summary = toSampleSummary({
        releaseId,
        suite: newest.suite,
        scored: scores.length,
        passed: samples.filter(({ passed }) => passed).length,
        notScored: samples.length - scores.length,
        thousandths: sumOf(scores),
        inputTokens: sumOf(samples.map(({ judged }) => judged?.inputTokens ?? 0)),
        outputTokens: sumOf(samples.map(({ judged }) => judged?.outputTokens ?? 0)),
        costMicros: sumOf(samples.map(({ judged }) => judged?.costMicros ?? 0)),
        at: newest.at,
      });
      return [summary];
    });
  }

  /** Newest first. */
  #of(orgId: string): readonly EvalSample[] {
    this.#state.assertOpen();
    return [...this.#samples.values()]
      .filter((sample) => sample.orgId === orgId)
      .sort((a, b) => (keyOf(a.at, a.taskId) > keyOf(b.at, b.taskId) ? -1 : 1));
  }
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
