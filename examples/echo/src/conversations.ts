import { skill } from "@berth/sdk";
import type { Skill } from "@berth/sdk";
import { z } from "zod";

/** Skills that wait for the caller, or answer without a task. */
export const conversations: { readonly ask: Skill; readonly auth: Skill; readonly reply: Skill } = {
  ask: skill({
    description: "Asks one question, then returns the answer.",
    tags: ["conversation"],
    input: z.object({ question: z.string().default("What is your name?") }).default({ question: "What is your name?" }),
    output: z.object({ answer: z.string() }),
    run: async ({ question }, ctx) => ({ answer: await ctx.ask(question) }),
  }),
  auth: skill({
    description: "Asks for an authorization, then completes.",
    tags: ["conversation"],
    input: z.object({}).default({}),
    output: z.object({ authorized: z.boolean() }),
    async run(_input, ctx) {
      await ctx.requireAuth("Sign in at the example service, then send any message.");
      return { authorized: true };
    },
  }),
  reply: skill({
    description: "Answers with a message and makes no task.",
    tags: ["conversation"],
    input: z.object({ text: z.string().default("Hello") }).default({ text: "Hello" }),
    run({ text }, ctx) {
      ctx.reply(text);
    },
  }),
};
