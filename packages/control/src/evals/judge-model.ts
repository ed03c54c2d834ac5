import type { JsonValue } from "@berth/protocol";
import type { EvalUsage } from "@berth/store";

/** What a judge is asked. Input and output are strangers' words. */
export interface JudgeQuestion {
  readonly orgId: string;
  readonly rubric: string;
  readonly input: JsonValue;
  readonly output: JsonValue;
  readonly expected?: JsonValue;
  /** `provider/model` or an alias; default: the one that the organization judges with. */
  readonly model?: string;
}

export interface JudgeVerdict {
  /** 0 to 1. */
  readonly score: number;
  readonly reasons: string;
  readonly usage: EvalUsage;
}

/** A model that reads answers. */
export interface JudgeModel {
  /** Why the organization cannot judge with it; undefined: it can. */
  missing(orgId: string, model: string | undefined): Promise<string | undefined>;
  /** @throws JudgeError when there is no verdict: that says nothing about the answer. */
  judge(question: JudgeQuestion, signal: AbortSignal): Promise<JudgeVerdict>;
}

/** Says why, for a person. What was used all the same is counted. */
export class JudgeError extends Error {
  override readonly name: string = "JudgeError";
  readonly usage: EvalUsage | undefined;

  constructor(message: string, options: { readonly usage?: EvalUsage; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.usage = options.usage;
  }
}
