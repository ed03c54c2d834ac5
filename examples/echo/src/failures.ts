import { skill } from "@berth/sdk";
import type { Skill } from "@berth/sdk";
import { z } from "zod";

/** Skills that end badly, each in its own way. */
export const failures: { readonly fail: Skill; readonly reject: Skill; readonly crash: Skill; readonly hang: Skill } = {
  fail: skill({
    description: "Ends as FAILED.",
    tags: ["failure"],
    input: z.object({ message: z.string().default("This skill always fails.") }).default({
      message: "This skill always fails.",
    }),
    run({ message }) {
      throw new Error(message);
    },
  }),
  reject: skill({
    description: "Ends as REJECTED.",
    tags: ["failure"],
    input: z.object({ reason: z.string().default("Not today.") }).default({ reason: "Not today." }),
    run({ reason }, ctx) {
      ctx.reject(reason);
    },
  }),
  crash: skill({
    description: "Ends its own process in the middle of a task.",
    tags: ["failure"],
    input: z.object({}).default({}),
    async run(_input, ctx) {
      await ctx.progress("About to crash.");
      // After the event is on its way, so that whoever watches sees it.
      setTimeout(() => process.exit(1), 20);
      await new Promise(() => undefined);
    },
  }),
  hang: skill({
    description: "Works forever and ignores a cancel.",
    tags: ["failure"],
    input: z.object({}).default({}),
    async run(_input, ctx) {
      await ctx.progress("Hanging.");
      await new Promise(() => undefined);
    },
  }),
};
