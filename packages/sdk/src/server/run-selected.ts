import type { JsonValue, Message } from "@berth/protocol";
import { RejectError } from "../context.ts";
import type { TaskContext } from "../context.ts";
import type { AgentOptions } from "../define-agent.ts";
import { toJsonSchema } from "../schema/json-schema.ts";
import { describeViolations, validate } from "../schema/validate.ts";
import type { Skill } from "../skill.ts";
import { OUTPUT_ARTIFACT, inputOf } from "./message-input.ts";
import type { Selection } from "./select-skill.ts";

export interface SelectedRun {
  readonly agent: AgentOptions;
  readonly selection: Selection;
  readonly ctx: TaskContext;
  readonly task: { readonly isOver: boolean };
}

/** The message of the COMPLETED status, if there is one. */
export async function runSelected({ agent, selection, ctx, task }: SelectedRun): Promise<string | undefined> {
  if (selection.kind === "none") throw new RejectError(selection.problem);
  if (selection.kind === "message") return (await agent.onMessage?.(ctx.message, ctx)) ?? undefined;
  const { skill, id } = selection;
  const input = await readInput(id, skill, selection.input, ctx.message);
  const output = await validate(skill.output, await skill.run(input, ctx));
  if ("violations" in output) {
    throw new Error(
      `Skill "${id}" returned what its output schema does not allow: ${describeViolations(output.violations)}.`,
    );
  }
  if (output.value !== undefined && !task.isOver) {
    // What a skill returns is JSON by its output type; JSON.stringify on the wire drops what is not.
    await ctx.artifact(OUTPUT_ARTIFACT, output.value as JsonValue);
  }
  return undefined;
}

async function readInput(id: string, skill: Skill, passed: JsonValue | undefined, message: Message): Promise<unknown> {
  let input = passed;
  if (input === undefined) {
    const schema = toJsonSchema(skill.input, "input");
    const given = inputOf(message, {
      hasSchema: skill.input !== undefined,
      ...(schema === undefined ? {} : { schema }),
    });
    if ("problem" in given) throw new RejectError(`Skill "${id}" cannot read this message: ${given.problem}.`);
    input = given.input;
  }
  const validated = await validate(skill.input, input);
  if ("value" in validated) return validated.value;
  throw new RejectError(`The input does not fit skill "${id}": ${describeViolations(validated.violations)}.`);
}
