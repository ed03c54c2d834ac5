import { PlatformError, isPlatformError } from "@berth/protocol";
import type { EvalSuite, Principal } from "@berth/protocol";
import type { EvalSample, ReleaseRecord, SamplingPoint, SealedTask, Store } from "@berth/store";
import { readLongLog } from "../receipts/load-runs.ts";
import type { Receipts } from "../receipts/receipts.ts";
import { callAgent } from "./call-agent.ts";
import type { AgentCallerOptions } from "./call-agent.ts";
import { rubricOf } from "./eval-case.ts";
import { gradeAnswer, notScorable } from "./grade-answer.ts";
import type { Grade } from "./grade-answer.ts";
import type { JudgeModel } from "./judge-model.ts";
import { isSampled, readSampled, saysSomething } from "./sampled-task.ts";
import type { SampledTask } from "./sampled-task.ts";
import { shorten, toThousandths } from "./score-answer.ts";

/** Finds what an earlier process left, and what a failure has put off. */
const POLL_MS = 2_000;
const BATCH = 200;
const AT_ONCE = 2;
/** Leaves of the log that may wait. Where scoring is slower than the work, the oldest are passed over. */
const MAX_BEHIND = 50_000;
const MAX_RELEASES = 1_000;
/** In an addendum's failures, where a run of a suite has the case's id. */
const SAMPLED = "sampled";

export interface SamplerOptions extends AgentCallerOptions {
  readonly store: Pick<Store, "evals" | "evalSamples" | "tasks" | "agents" | "receipts">;
  readonly receipts: Pick<Receipts, "addAddendum" | "flush">;
  readonly judge: JudgeModel;
  /** Whose calls those of scoring skills are: the platform's. */
  readonly platformId: string;
  readonly now: () => Date;
  readonly log: (line: string) => void;
}

interface Sampling {
  readonly release: ReleaseRecord;
  readonly rate: number;
  readonly suite: EvalSuite;
}

/**
 * Scores a share of what agents really do, behind everybody's back. Life: made → `start` → `begin` for an organization,
 * `notify` when receipts were sealed → `close`. The queue is the log itself: a point per organization says how far it was
 * read, and moves on only when a batch is done. After a crash in between a batch is looked at again, and what was saved
 * of it is left out.
 */
export class Sampler {
  readonly #options: SamplerOptions;
  readonly #points = new Map<string, number>();
  readonly #releases = new Map<string, Sampling | undefined>();
  readonly #stop = new AbortController();
  #running: Promise<void> | undefined;
  #again = false;
  #poll: NodeJS.Timeout | undefined;
  #failing = false;

  constructor(options: SamplerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    const { store, receipts } = this.#options;
    for (const { orgId, nextLeaf } of await store.evalSamples.points()) this.#points.set(orgId, nextLeaf);
    // What was said of a task before a crash is then in the log, where it is looked for.
    if (this.#points.size > 0) await receipts.flush();
    this.#poll = setInterval(() => this.notify(), POLL_MS);
    this.notify();
  }

  /** From now on what the organization's agents do is looked at. */
  async begin(orgId: string): Promise<void> {
    if (this.#points.has(orgId)) return;
    const { evalSamples, receipts } = this.#options.store;
    const nextLeaf = await receipts.ledgerSize();
    await evalSamples.begin({ orgId, nextLeaf });
    this.#points.set(orgId, nextLeaf);
  }

  /** Cheap, never throws. */
  notify(): void {
    if (this.#stop.signal.aborted || this.#points.size === 0) return;
    if (this.#running !== undefined) {
      this.#again = true;
      return;
    }
    this.#running = this.#drain().finally(() => {
      this.#running = undefined;
      if (this.#again) this.notify();
    });
  }

  /** Leaves the batch under way for the next start. Twice is harmless. */
  async close(): Promise<void> {
    this.#stop.abort(new PlatformError("SHUTTING_DOWN", "The platform is stopping."));
    clearInterval(this.#poll);
    await this.#running;
  }

  async #drain(): Promise<void> {
    this.#again = false;
    try {
      for (const orgId of this.#points.keys()) while (await this.#batch(orgId));
      this.#failing = false;
    } catch (error) {
      if (this.#stop.signal.aborted) return;
      // Once per outage: the poll tries again.
      if (!this.#failing) this.#options.log(`sampling stopped, will try again: ${String(error)}`);
      this.#failing = true;
    }
  }

  /** False when there is no more for now. */
  async #batch(orgId: string): Promise<boolean> {
    const { store } = this.#options;
    this.#stop.signal.throwIfAborted();
    const point = await this.#catchUp({ orgId, nextLeaf: this.#points.get(orgId) ?? 0 });
    const tasks = await store.evalSamples.sealedTasks(point, BATCH);
    const last = tasks.at(-1);
    if (last === undefined) return false;
    const chosen = await this.#choose(orgId, tasks);
    const work = async (): Promise<void> => {
      for (let next = chosen.shift(); next !== undefined; next = chosen.shift()) await this.#sample(orgId, next);
    };
    // All of them end before the next batch begins, or the same one again.
    const ended = await Promise.allSettled(Array.from({ length: AT_ONCE }, work));
    const broken = ended.find((each) => each.status === "rejected");
    if (broken !== undefined) throw broken.reason;
    await this.#move({ orgId, nextLeaf: last.leafIndex + 1 });
    return tasks.length === BATCH;
  }

  async #catchUp(point: SamplingPoint): Promise<SamplingPoint> {
    const oldest = (await this.#options.store.receipts.ledgerSize()) - MAX_BEHIND;
    if (point.nextLeaf >= oldest) return point;
    this.#options.log(`sampling is behind: ${oldest - point.nextLeaf} leaves of ${point.orgId} are passed over`);
    const moved = { ...point, nextLeaf: oldest };
    await this.#move(moved);
    return moved;
  }

  async #move(point: SamplingPoint): Promise<void> {
    await this.#options.store.evalSamples.movePoint(point);
    this.#points.set(point.orgId, point.nextLeaf);
  }

  async #choose(orgId: string, tasks: readonly SealedTask[]): Promise<(SealedTask & { readonly by: Sampling })[]> {
    const { own, platformId, store } = this.#options;
    const chosen: (SealedTask & { readonly by: Sampling })[] = [];
    for (const task of tasks) {
      if (!saysSomething(task.state) || task.principalId === platformId || own.has(task.taskId)) continue;
      const by = await this.#samplingOf(orgId, task.releaseId);
      if (by !== undefined && isSampled(task.taskId, by.rate)) chosen.push({ ...task, by });
    }
    const done = await store.evalSamples.sampled(
      orgId,
      chosen.map(({ taskId }) => taskId),
    );
    return chosen.filter(({ taskId }) => !done.has(taskId));
  }

  /** Releases and their suites never change, so each is read once. */
  async #samplingOf(orgId: string, releaseId: string): Promise<Sampling | undefined> {
    const key = `${orgId} ${releaseId}`;
    if (this.#releases.has(key)) return this.#releases.get(key);
    const { agents, evals } = this.#options.store;
    const release = await agents.findRelease(orgId, releaseId);
    if (release === undefined) return undefined;
    const { sample } = release.config.evals ?? {};
    const suites = sample === undefined ? [] : await evals.suites(orgId, releaseId);
    const suite = suites.find(({ name }) => name === sample?.suite);
    const found = sample === undefined || suite === undefined ? undefined : { release, rate: sample.rate, suite };
    if (this.#releases.size >= MAX_RELEASES) this.#releases.clear();
    this.#releases.set(key, found);
    return found;
  }

  async #sample(orgId: string, task: SealedTask & { readonly by: Sampling }): Promise<void> {
    const { signal } = this.#stop;
    signal.throwIfAborted();
    try {
      await this.#score(orgId, task);
    } catch (error) {
      signal.throwIfAborted();
      if (isPlatformError(error) && error.retryable) throw error;
      // One task that cannot be looked at must not keep the others waiting for ever.
      this.#options.log(`sampling ${task.taskId}: ${String(error)}`);
    }
  }

  async #score(orgId: string, { by, ...task }: SealedTask & { readonly by: Sampling }): Promise<void> {
    const { store, receipts, now } = this.#options;
    const { suite, release } = by;
    const said = readSampled(await readLongLog(store, orgId, task.taskId), suite.skill, release);
    // A task of a run that an earlier process has begun is nobody's real work either.
    const addenda = said === undefined ? [] : await store.receipts.addenda(orgId, task.receiptId);
    if (said === undefined || addenda.some(({ kind }) => kind === "eval")) return;
    const { score, ...grade } = await this.#grade(orgId, said, by);
    const passed = score !== undefined && toThousandths(score) >= toThousandths(suite.threshold);
    const { taskId, receiptId, agentId, releaseId } = task;
    const sample: EvalSample = {
      orgId,
      taskId,
      receiptId,
      agentId,
      releaseId,
      suite: suite.name,
      passed,
      ...grade,
      ...(score === undefined ? {} : { score }),
      at: now().toISOString(),
    };
    if (score !== undefined) {
      await receipts.addAddendum(orgId, receiptId, "eval", {
        suite: suite.name,
        rubric: rubricOf(suite.threshold, { id: SAMPLED, input: said.input, scorers: suite.sampled ?? [] }),
        score,
        passed,
        failures: grade.failures.map((reason) => ({ case: SAMPLED, reason })),
      });
    }
    await store.evalSamples.save(sample);
  }

  async #grade(orgId: string, said: SampledTask, { suite, release }: Sampling): Promise<Grade> {
    const { judge, platformId } = this.#options;
    const scorers = suite.sampled ?? [];
    const missing = await notScorable(scorers, judge, orgId);
    if (missing !== undefined) return { failures: [], notScored: missing };
    const { signal } = this.#stop;
    const principal: Principal = { kind: "system", id: platformId, orgId, scopes: ["invoke"] };
    const timeoutMs = suite.timeoutSeconds * 1_000;
    const call = async (
      agentName: string,
      skill: string,
      input: SampledTask["input"],
    ): Promise<SampledTask["view"]> => {
      const on = agentName === said.agentName ? { release: release.releaseId } : {};
      return (await callAgent(this.#options, { principal, agentName, skill, input, timeoutMs, on }, signal)).view;
    };
    try {
      return await gradeAnswer({ judge, call }, { orgId, ...said }, scorers, signal);
    } catch (error) {
      signal.throwIfAborted();
      if (!isPlatformError(error) || error.reason === "STORE_UNAVAILABLE") throw error;
      // A scoring skill that may not be called now, or is not there: that says nothing about the answer.
      return { failures: [], notScored: shorten(`${error.reason}: ${error.message}`) };
    }
  }
}
