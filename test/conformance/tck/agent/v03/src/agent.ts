import { setTimeout as sleep } from "node:timers/promises";
import { defineAgent, serve } from "@berth/sdk";
import type { Agent } from "@berth/sdk";

/**
 * The agent under test of the A2A 0.3 TCK: works for a second, then waits for input; under the id with which the kit
 * tests resubscribing it stays at work for longer than the kit's streams wait.
 */
const agent: Agent = defineAgent({
  name: "tck-v03",
  version: "1.0.0",
  description: "Does what the A2A 0.3 TCK asks for.",
  defaultInputModes: ["text/plain", "application/json", "application/octet-stream"],
  defaultOutputModes: ["text/plain"],
  async onMessage(message, ctx) {
    const ms = message.messageId.startsWith("test-resubscribe-message-id") ? 5000 : 1000;
    await ctx.progress("Working.");
    for (;;) {
      await sleep(ms, undefined, { signal: ctx.signal });
      await ctx.ask("What else?");
    }
  },
});

export default agent;

if (import.meta.main) await serve(agent);
