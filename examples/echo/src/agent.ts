import { defineAgent, serve } from "@berth/sdk";
import type { Agent } from "@berth/sdk";
import { conversations } from "./conversations.ts";
import { failures } from "./failures.ts";
import { echo, env, whoami } from "./plain-skills.ts";
import { streams } from "./streams.ts";

/** Shows every state a task can be in, on demand. */
const agent: Agent = defineAgent({
  name: "echo",
  version: "1.0.0",
  description: "Says what it hears, and produces every task state on demand.",
  skills: { echo, whoami, env, ...conversations, ...failures, ...streams },
  async onMessage(message, ctx) {
    await ctx.artifact("output", { text: message.parts.map(({ text }) => text ?? "").join("\n") });
  },
});

export default agent;

if (import.meta.main) await serve(agent);
