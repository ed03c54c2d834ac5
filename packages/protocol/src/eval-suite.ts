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
  | (PartScorer & { readonly type: "number"; readonly tolerance: number })
  | (PartScorer & { readonly type: "contains"; readonly text: string })
  | (PartScorer & { readonly type: "regex"; readonly pattern: string })
  | (PartScorer & { readonly type: "schema"; readonly schema: JsonValue })
  /** A skill that is called with `{input, output, expected}` and answers `{score}`: `skill`, or `agent/skill`. */
  | { readonly type: "code"; readonly skill: string };
