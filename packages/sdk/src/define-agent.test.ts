import { expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { defineAgent } from "./define-agent.ts";
import { skill } from "./skill.ts";

const about = { name: "a", version: "1", description: "d" };

test("a declaration that makes no valid card is refused with everything that is wrong", () => {
  const skills = { "not an id": skill({ description: "x", run: () => 1 }) };
  expect(() => defineAgent({ name: "", version: "1", description: " ", skills })).toThrow(
    /name must be .*description must be .*"not an id"/,
  );
  expect(() => defineAgent(about)).toThrow("at least one skill, or onMessage");
});

test("the types of run come from the schemas", () => {
  skill({
    description: "Counts.",
    input: z.object({ text: z.string(), times: z.number().default(1) }),
    output: z.object({ count: z.number() }),
    run(input) {
      expectTypeOf(input).toEqualTypeOf<{ text: string; times: number }>();
      return { count: input.text.length * input.times };
    },
  });
  // @ts-expect-error -- the output schema wants a number
  skill({ description: "x", output: z.object({ count: z.number() }), run: () => ({ count: "1" }) });
});
