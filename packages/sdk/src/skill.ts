import type { JsonValue } from "@berth/protocol";
import type { TaskContext } from "./context.ts";
import type { InferInput, InferOutput, StandardSchema } from "./schema/standard-schema.ts";

export interface SkillOptions<I extends StandardSchema, O extends StandardSchema> {
  readonly description: string;
  /** For people. Default: the skill's id. */
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly examples?: readonly string[];
  /** Without a schema the input is the message's data, or its text. */
  readonly input?: I;
  readonly output?: O;
  readonly inputModes?: readonly string[];
  readonly outputModes?: readonly string[];
  /**
   * Its runs survive their process: they are executed again from the start, and what `ctx.step` and its like did is not
   * done again. See docs/reference/durable-tasks.md for what that asks of `run`.
   */
  readonly durable?: boolean;
  run(input: InferOutput<I>, ctx: TaskContext): InferInput<O> | Promise<InferInput<O>>;
}

/** A skill whose types have been checked: `run` is only called with what `input` let through. */
export interface Skill {
  readonly description: string;
  readonly name?: string;
  readonly tags: readonly string[];
  readonly examples?: readonly string[];
  readonly input?: StandardSchema;
  readonly output?: StandardSchema;
  readonly inputModes?: readonly string[];
  readonly outputModes?: readonly string[];
  readonly durable?: boolean;
  readonly run: (input: unknown, ctx: TaskContext) => unknown;
}

/** Input without a schema. */
export type AnyInput = StandardSchema<JsonValue, JsonValue>;
/** Output without a schema; nothing is fine too. */
// oxlint-disable-next-line typescript/no-invalid-void-type -- a run without a return statement is typed void
export type AnyOutput = StandardSchema<JsonValue | undefined | void, JsonValue | undefined>;

/**
 * Declares one typed function of an agent.
 *
 * @example
 * skill({
 *   description: "Adds two numbers.",
 *   input: z.object({ a: z.number(), b: z.number() }),
 *   output: z.object({ sum: z.number() }),
 *   run: ({ a, b }) => ({ sum: a + b }),
 * });
 */
export function skill<I extends StandardSchema = AnyInput, O extends StandardSchema = AnyOutput>(
  options: SkillOptions<I, O>,
): Skill {
  return {
    ...options,
    tags: options.tags ?? [],
    // The server validated the value with `input` before: it is what the schema gives.
    run: (input, ctx) => options.run(input, ctx),
  };
}
