import type { JsonValue } from "./a2a.ts";

/** A file of the agent's `evals` folder: what its skill is called with, and what is wanted of the answers. */
export interface EvalSuite {
  /** Unique among the agent's suites. */
  readonly name: string;
  readonly skill: string;
  /** 0 to 1 with at most three decimals, as text: a case, and the run, pass from this score on. */
  readonly threshold: string;
  /** How long one case may take. */
  readonly timeoutSeconds: number;
  readonly cases: readonly EvalCase[];
  /** What answers to real calls are held against, of which nobody knows what to expect. */
  readonly sampled?: readonly EvalScorer[];
}

export interface EvalCase {
  /** Unique in its suite. */
  readonly id: string;
  readonly input: JsonValue;
  /** Of the whole answer; scorers with a pointer look at that part of it. */
  readonly expected?: JsonValue;
  /** The case's score is their mean. */
  readonly scorers: readonly EvalScorer[];
}

interface PartScorer {
  /** JSON Pointer of the part it looks at, such as `/total`; absent: the whole answer. */
  readonly at?: string;
}

export type EvalScorer =
  | (PartScorer & { readonly type: "exact" })
  /** Near the number expected, or with a bound: within it, whatever is expected. */
  | (PartScorer & { readonly type: "number"; readonly tolerance: number; readonly min?: number; readonly max?: number })
  | (PartScorer & { readonly type: "contains"; readonly text: string })
  | (PartScorer & { readonly type: "regex"; readonly pattern: string })
  | (PartScorer & { readonly type: "schema"; readonly schema: JsonValue })
  /** A skill that is called with `{input, output, expected}` and answers `{score}`: `skill`, or `agent/skill`. */
  | { readonly type: "code"; readonly skill: string }
  | JudgeScorer;

/** A model reads the answer. */
export interface JudgeScorer {
  readonly type: "judge";
  readonly at?: string;
  /** What it is to look for. */
  readonly rubric: string;
  /** Default: the one that the platform judges with. */
  readonly model?: string;
  /** Decimal text: everything from here on counts as 1, what is below as 0. Absent: the model's score counts. */
  readonly threshold?: string;
}
