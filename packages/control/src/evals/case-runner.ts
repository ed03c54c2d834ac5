import type { EvalCase } from "@berth/protocol";
import type { Receipts } from "../receipts/receipts.ts";
import { callAgent } from "./call-agent.ts";
import type { AgentCallerOptions } from "./call-agent.ts";
import { rubricOf } from "./eval-case.ts";
import type { EvalRun } from "./eval-run.ts";
import { gradeAnswer, notScorable } from "./grade-answer.ts";
import type { JudgeModel } from "./judge-model.ts";
import { toThousandths } from "./score-answer.ts";

const SEAL_TIMEOUT_MS = 15_000;

export interface CaseRunnerOptions extends AgentCallerOptions {
  readonly receipts: Pick<Receipts, "awaitForTask" | "addAddendum">;
  readonly judge: JudgeModel;
  readonly log?: (line: string) => void;
}

/** One case of a run: the call, its scores, and what is said of them in the ledger. */
export class CaseRunner {
  readonly #options: CaseRunnerOptions;

  constructor(options: CaseRunnerOptions) {
    this.#options = options;
  }

  /** @throws what keeps it from being called at all: that says nothing about the agent. */
  async run(run: EvalRun, each: EvalCase, signal: AbortSignal): Promise<void> {
    const { suite, agentName, record, on, principal } = run;
    const { orgId } = record;
    const notScored = await notScorable(each.scorers, this.#options.judge, orgId);
    if (notScored !== undefined) {
      await run.add({ id: each.id, passed: false, failures: [], notScored });
      return;
    }
    const timeoutMs = suite.timeoutSeconds * 1_000;
    const asked = { principal, agentName, skill: suite.skill, input: each.input, timeoutMs, on };
    const { taskId, view } = await callAgent(this.#options, asked, signal);
    const { input, expected } = each;
    const answer = { orgId, agentName, input, view, ...(expected === undefined ? {} : { expected }) };
    const grader = {
      judge: this.#options.judge,
      call: async (agent: string, skill: string, question: EvalCase["input"]) => {
        const whose = { principal, agentName: agent, skill, input: question, timeoutMs };
        const scoring = agent === agentName ? { ...whose, on } : whose;
        return (await callAgent(this.#options, scoring, signal)).view;
      },
    };
    const { judged, ...grade } = await gradeAnswer(grader, answer, each.scorers, signal);
    const { score } = grade;
    const passed = score !== undefined && toThousandths(score) >= run.threshold;
    const result = { id: each.id, ...grade, passed, taskId };
    const receiptId = score === undefined ? undefined : await this.#attest(run, each, { ...result, score });
    await run.add({ ...result, ...(receiptId === undefined ? {} : { receiptId }) }, judged);
  }

  /** The score as an addendum of the receipt. Without a receipt in time there is none, and the result shows that. */
  async #attest(
    { record, suite }: EvalRun,
    each: EvalCase,
    result: {
      readonly taskId: string;
      readonly score: string;
      readonly passed: boolean;
      readonly failures: readonly string[];
    },
  ): Promise<string | undefined> {
    const { receipts, log } = this.#options;
    const { taskId, score, passed, failures } = result;
    const receipt = await receipts.awaitForTask(record.orgId, taskId, SEAL_TIMEOUT_MS);
    if (receipt === undefined) {
      log?.(`no receipt of ${taskId} in time: its eval is no addendum`);
      return undefined;
    }
    await receipts.addAddendum(record.orgId, receipt.receiptId, "eval", {
      suite: suite.name,
      rubric: rubricOf(record.threshold, each),
      score,
      passed,
      failures: failures.map((reason) => ({ case: each.id, reason })),
    });
    return receipt.receiptId;
  }
}
