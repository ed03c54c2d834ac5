import { expect, test } from "vitest";
import { z } from "zod";
import { agentFromClass, skillMethod } from "./class-agent.ts";
import type { TaskContext } from "./context.ts";

const about = { name: "calculator", version: "1.0.0", description: "Adds." };

/** What a compiler makes of `@skillMethod(…)`: Node does not run decorator syntax, so the test does it by hand. */
function decorate(
  instance: object,
  decorator: (method: never, context: ClassMethodDecoratorContext) => void,
  method: unknown,
  context: { readonly name: string; readonly static?: boolean },
): void {
  const initializers: ((this: unknown) => void)[] = [];
  const decoratorContext = {
    kind: "method",
    static: context.static ?? false,
    private: false,
    name: context.name,
    metadata: {},
    access: { has: () => true, get: () => method },
    addInitializer: (initializer: (this: unknown) => void) => initializers.push(initializer),
  };
  // The hand-made context has all that a compiler gives.
  decorator(method as never, decoratorContext as unknown as ClassMethodDecoratorContext);
  for (const initializer of initializers) initializer.call(instance);
}

test("a decorated method is a skill, called with its instance", async () => {
  const instance = { offset: 10 };
  const add = skillMethod({ description: "Adds.", tags: ["math"], input: z.object({ a: z.number() }) });
  decorate(
    instance,
    add,
    function add(this: typeof instance, { a }: { a: number }) {
      return a + this.offset;
    },
    { name: "add" },
  );
  const skill = agentFromClass(instance, about).definition.skills?.add;
  expect(skill).toMatchObject({ description: "Adds.", tags: ["math"] });
  // The method does not use the context.
  expect(await skill?.run({ a: 5 }, {} as TaskContext)).toBe(15);
});

test("an id replaces the method's name", () => {
  const instance = {};
  decorate(instance, skillMethod({ id: "plus", description: "Adds." }), () => undefined, { name: "add" });
  expect(Object.keys(agentFromClass(instance, about).definition.skills ?? {})).toEqual(["plus"]);
});

test("static methods are refused, and so is a class without skills", () => {
  const decorator = skillMethod({ description: "Adds." });
  expect(() => decorate({}, decorator, () => undefined, { name: "add", static: true })).toThrow("instance method");
  expect(() => agentFromClass({}, about)).toThrow("no method decorated");
});
