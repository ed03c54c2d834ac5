import { ServiceError, defineAgent, serve, skill } from "@berth/sdk";
import type { Agent } from "@berth/sdk";
import { z } from "zod";

/** Hands a part of its grant to `reader`, and calls it in a circle. */
const agent: Agent = defineAgent({
  name: "boss",
  version: "1.0.0",
  description: "Lets another agent do the work.",
  skills: {
    delegate: skill({
      description: "Lets the reader read with a part of this run's grant.",
      input: z.object({ paths: z.array(z.string()), read: z.array(z.string()) }),
      output: z.unknown(),
      run: async ({ paths, read }, ctx) => await ctx.call("reader", "read", { paths }, { read }),
    }),
    watch: skill({
      description: "Lets the reader read until it may not.",
      output: z.unknown(),
      run: async (_input, ctx) => await ctx.call("reader", "watch", {}, { read: ["data/a.csv"] }),
    }),
    circle: skill({
      description: "Calls the agent that called it.",
      input: z.object({ depth: z.number() }),
      output: z.unknown(),
      async run({ depth }, ctx) {
        try {
          return await ctx.call("reader", "circle", { depth: depth + 1 });
        } catch (error) {
          if (error instanceof ServiceError) return { reason: error.reason, depth };
          throw error;
        }
      },
    }),
    identity: skill({
      description: "Shows who it is.",
      input: z.object({ audience: z.string() }),
      output: z.object({ token: z.string() }),
      run: async ({ audience }, ctx) => ({ token: await ctx.identityToken(audience) }),
    }),
  },
});

export default agent;

if (import.meta.main) await serve(agent);
