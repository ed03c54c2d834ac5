import { PlatformError, isTerminal } from "@berth/protocol";
import type { EvalCase, EvalScorer, IdGenerator, JsonValue, TaskView } from "@berth/protocol";
import type { Receipts } from "../receipts/receipts.ts";
import type { CallContext, TaskEngine } from "../tasks/task-engine.ts";
import { answerOf, endedBadly, readVerdict, rubricOf, toCall } from "./eval-case.ts";
import type { EvalRun } from "./eval-run.ts";
import { failed, formatScore, scoreAnswer, toThousandths } from "./score-answer.ts";
import type { Scored } from "./score-answer.ts";

const SEAL_TIMEOUT_MS = 15_000;

export interface CaseRunnerOptions {
  readonly tasks: Pick<TaskEngine, "accept" | "settle" | "get" | "cancel">;
  readonly receipts: Pick<Receipts, "awaitForTask" | "addAddendum">;
  readonly ids: IdGenerator;
  readonly log?: (line: string) => void;
}

/** One case of a run: the call, its scores, and what is said of them in the ledger. */
export class CaseRunner {
  readonly #options: CaseRunnerOptions;

  constructor(options: CaseRunnerOptions) {
    this.#options = options;
  }

  /** @throws what keeps it from being scored at all: that says nothing about the agent. */
  async run(run: EvalRun, each: EvalCase, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const { suite, agentName, record } = run;
    const { taskId, view, releaseId } = await this.#call(run, agentName, suite.skill, each.input, signal);
    if (releaseId !== record.releaseId) {
      throw new PlatformError("STORE_CONFLICT", "The agent was deployed anew during the run.");
    }
    const bad = endedBadly(view);
    const output = answerOf(view);
    const scored: Scored[] = [];
    for (const scorer of each.scorers) {
      scored.push(bad === undefined ? await this.#score(run, each, scorer, output, signal) : failed(bad));
    }
    const score = Math.floor(scored.reduce((sum, { score: one }) => sum + one, 0) / scored.length);
    const failures = [...new Set(scored.flatMap(({ failure }) => failure ?? []))];
    const passed = score >= toThousandths(suite.threshold);
    const result = { id: each.id, score: formatScore(score), passed, failures, taskId };
    const receiptId = await this.#attest(run, each, result);
    await run.add({ ...result, ...(receiptId === undefined ? {} : { receiptId }) });
  }

  async #score(
    run: EvalRun,
    each: EvalCase,
    scorer: EvalScorer,
    output: JsonValue | undefined,
    signal: AbortSignal,
  ): Promise<Scored> {
    if (scorer.type !== "code") return scoreAnswer(scorer, each, output);
    const [skill = "", agent = run.agentName] = scorer.skill.split("/").toReversed();
    const { input, expected } = each;
    const asked = { input, output: output ?? null, expected: expected ?? null };
    const { view } = await this.#call(run, agent, skill, asked, signal);
    const bad = endedBadly(view);
    return bad === undefined ? readVerdict(scorer.skill, answerOf(view)) : failed(`code ${scorer.skill}: ${bad}`);
  }

  /** A call like any other, by whoever started the run. One that is not over in time is canceled. */
  async #call(
    { principal, suite }: EvalRun,
    agentName: string,
    skill: string,
    input: JsonValue,
    signal: AbortSignal,
  ): Promise<{ readonly taskId: string; readonly view: TaskView; readonly releaseId: string }> {
    const { tasks, ids } = this.#options;
    const call: CallContext = { principal, protocol: "rest" };
    const turn = await tasks.accept(call, agentName, toCall(ids, skill, input), { skill });
    const view = await tasks.settle(turn, call, { timeoutMs: suite.timeoutSeconds * 1_000, signal });
    if (!isTerminal(view.task.status.state)) await tasks.cancel(call, turn.taskId).catch(() => undefined); // it ended just now
    signal.throwIfAborted();
    const { record } = await tasks.get(call, turn.taskId);
    return { taskId: turn.taskId, view, releaseId: record.releaseId };
  }

  /** The score as an addendum of the receipt. Without a receipt in time there is none, and the result shows that. */
  async #attest(
    { record, suite }: EvalRun,
    each: EvalCase,
    {
      taskId,
      score,
      passed,
      failures,
    }: {
      readonly taskId: string;
      readonly score: string;
      readonly passed: boolean;
      readonly failures: readonly string[];
    },
  ): Promise<string | undefined> {
    const { receipts, log } = this.#options;
    const receipt = await receipts.awaitForTask(record.orgId, taskId, SEAL_TIMEOUT_MS);
    if (receipt === undefined) {
      log?.(`no receipt of ${taskId} in time: its eval is no addendum`);
      return undefined;
    }
    await receipts.addAddendum(record.orgId, receipt.receiptId, "eval", {
      suite: suite.name,
      rubric: rubricOf(suite, each),
      score,
      passed,
      failures: failures.map((reason) => ({ case: each.id, reason })),
    });
    return receipt.receiptId;
  }
}
