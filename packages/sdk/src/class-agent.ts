import type { Agent, AgentOptions } from "./define-agent.ts";
import { defineAgent } from "./define-agent.ts";
import type { TaskContext } from "./context.ts";
import type { InferInput, InferOutput, StandardSchema } from "./schema/standard-schema.ts";
import type { AnyInput, AnyOutput, Skill, SkillOptions } from "./skill.ts";
import { skill } from "./skill.ts";

export type SkillMethodOptions<I extends StandardSchema, O extends StandardSchema> = Omit<SkillOptions<I, O>, "run"> & {
  /** Default: the method's name. */
  readonly id?: string;
};

type SkillMethod<I extends StandardSchema, O extends StandardSchema> = (
  input: InferOutput<I>,
  ctx: TaskContext,
) => InferInput<O> | Promise<InferInput<O>>;

const skillsOf = new WeakMap<object, Map<string, Skill>>();

/**
 * A standard decorator that makes a method a skill of `agentFromClass`. Decorator syntax needs a compiler (esbuild does
 * it, `a2a deploy` uses that): Node's own type stripping leaves it in place.
 */
export function skillMethod<I extends StandardSchema = AnyInput, O extends StandardSchema = AnyOutput>({
  id,
  ...options
}: SkillMethodOptions<I, O>): (method: SkillMethod<I, O>, context: ClassMethodDecoratorContext) => void {
  return (method, context) => {
    if (context.static || context.private) throw new Error("@skillMethod needs a public instance method.");
    context.addInitializer(function register(this: unknown) {
      // Initializers of instance methods run with the instance as `this`.
      const instance = this as object;
      const known = skillsOf.get(instance) ?? new Map<string, Skill>();
      skillsOf.set(instance, known);
      known.set(
        id ?? String(context.name),
        skill<I, O>({ ...options, run: (input, ctx) => method.call(instance, input, ctx) }),
      );
    });
  };
}

/** An agent whose skills are the `@skillMethod`s of the instance. @throws Error when there are none. */
export function agentFromClass(instance: object, options: Omit<AgentOptions, "skills" | "onMessage">): Agent {
  const skills = skillsOf.get(instance);
  if (skills === undefined) throw new Error(`${instance.constructor.name} has no method decorated with @skillMethod.`);
  return defineAgent({ ...options, skills: Object.fromEntries(skills) });
}
