import type { EvalScorer, JsonValue, TaskView } from "@berth/protocol";
import type { EvalUsage } from "@berth/store";
import { answerOf, endedBadly, readVerdict } from "./eval-case.ts";
import { JudgeError } from "./judge-model.ts";
import type { JudgeModel } from "./judge-model.ts";
import { partOf } from "./json-pointer.ts";
import { FULL_SCORE, failed, formatScore, scoreAnswer, shorten, toThousandths } from "./score-answer.ts";
import type { Scored } from "./score-answer.ts";

/** One answer, and what it is held against. */
export interface Answer {
  readonly orgId: string;
  /** Whose answer it is: a scoring skill without an agent is of this one. */
  readonly agentName: string;
  readonly input: JsonValue;
  readonly expected?: JsonValue;
  readonly view: TaskView;
}

export interface GraderOptions {
  readonly judge: JudgeModel;
  /** Calls a scoring skill and waits for it. */
  readonly call: (agentName: string, skill: string, input: JsonValue) => Promise<TaskView>;
}

export interface Grade {
  /** Absent: it was not scored. */
  readonly score?: string;
  /** Why not: that says nothing about the agent. */
  readonly notScored?: string;
  readonly failures: readonly string[];
  readonly judged?: EvalUsage;
}

type Judged = Scored & { readonly notScored?: string; readonly judged?: EvalUsage };

/** Why one of these cannot score, known before anything is called; undefined: all can. */
export async function notScorable(
  scorers: readonly EvalScorer[],
  judge: JudgeModel,
  orgId: string,
): Promise<string | undefined> {
  const models = new Set(scorers.flatMap((scorer) => (scorer.type === "judge" ? [scorer.model] : [])));
  for (const model of models) {
    const missing = await judge.missing(orgId, model);
    if (missing !== undefined) return missing;
  }
  return undefined;
}

/** Mean of the scorers, rounded down. @throws what keeps a scoring skill from being called */
export async function gradeAnswer(
  options: GraderOptions,
  answer: Answer,
  scorers: readonly EvalScorer[],
  signal: AbortSignal,
): Promise<Grade> {
  const bad = endedBadly(answer.view);
  const scored: Judged[] = [];
  for (const scorer of scorers) {
    scored.push(bad === undefined ? await scoreOne(options, answer, scorer, signal) : failed(bad));
  }
  const failures = [...new Set(scored.flatMap(({ failure }) => failure ?? []))];
  const judged = usageOf(scored);
  const told = { failures, ...(judged === undefined ? {} : { judged }) };
  const notScored = scored.find((one) => one.notScored !== undefined)?.notScored;
  if (notScored !== undefined) return { ...told, notScored: shorten(notScored) };
  return { ...told, score: formatScore(Math.floor(scored.reduce((sum, { score }) => sum + score, 0) / scored.length)) };
}

async function scoreOne(
  { judge, call }: GraderOptions,
  answer: Answer,
  scorer: EvalScorer,
  signal: AbortSignal,
): Promise<Judged> {
  const { orgId, input, expected, view } = answer;
  const output = answerOf(view);
  if (scorer.type === "code") {
    const [skill = "", agent = answer.agentName] = scorer.skill.split("/").toReversed();
    const asked = await call(agent, skill, { input, output: output ?? null, expected: expected ?? null });
    const problem = endedBadly(asked);
    return problem === undefined
      ? readVerdict(scorer.skill, answerOf(asked))
      : failed(`code ${scorer.skill}: ${problem}`);
  }
  if (scorer.type !== "judge") return scoreAnswer(scorer, answer, output);
  const { at = "", rubric, model, threshold } = scorer;
  const part = partOf(output, at);
  if (part === undefined) return failed(`judge${at === "" ? "" : ` ${at}`}: there is nothing`);
  const wanted = partOf(expected, at);
  try {
    const verdict = await judge.judge(
      {
        orgId,
        rubric,
        input,
        output: part,
        ...(wanted === undefined ? {} : { expected: wanted }),
        ...(model === undefined ? {} : { model }),
      },
      signal,
    );
    return toJudged(verdict, threshold);
  } catch (error) {
    if (!(error instanceof JudgeError)) throw error;
    const { usage } = error;
    return { score: 0, notScored: error.message, ...(usage === undefined ? {} : { judged: usage }) };
  }
}

function toJudged(
  { score, reasons, usage }: { readonly score: number; readonly reasons: string; readonly usage: EvalUsage },
  threshold: string | undefined,
): Judged {
  const thousandths = Math.floor(score * FULL_SCORE);
  const bound = threshold === undefined ? undefined : toThousandths(threshold);
  const counted = bound === undefined ? thousandths : thousandths >= bound ? FULL_SCORE : 0;
  if (counted === FULL_SCORE) return { score: counted, judged: usage };
  return { ...failed(`judge: ${score}: ${reasons}`), score: counted, judged: usage };
}

function usageOf(scored: readonly Judged[]): EvalUsage | undefined {
  return scored.map(({ judged }) => judged).reduce(addUsage, undefined);
}

export function addUsage(a: EvalUsage | undefined, b: EvalUsage | undefined): EvalUsage | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return {
    inputTokens: a.inputTokens + b.inputTokens,
    outputTokens: a.outputTokens + b.outputTokens,
    costMicros: a.costMicros + b.costMicros,
  };
}
