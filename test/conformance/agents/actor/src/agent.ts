import { defineAgent, serve, skill } from "@berth/sdk";
import type { Agent } from "@berth/sdk";
import { z } from "zod";
import { perform } from "./perform.ts";

/** Does what the first text of a message says. The skill is for doors that know skills only. */
const agent: Agent = defineAgent({
  name: "actor",
  version: "1.0.0",
  description: "Plays the part that a conformance test gives it.",
  defaultInputModes: ["text/plain", "application/json"],
  defaultOutputModes: ["text/plain"],
  skills: {
    interview: skill({
      description: "Asks one question and returns the answer.",
      input: z.object({ question: z.string() }),
      output: z.object({ answer: z.string() }),
      run: async ({ question }, ctx) => ({ answer: await ctx.ask(question) }),
    }),
  },
  onMessage: async (message, ctx) => await perform(message.parts[0]?.text ?? "", ctx),
});

export default agent;

if (import.meta.main) await serve(agent);
