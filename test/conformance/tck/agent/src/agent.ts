import { defineAgent, serve } from "@berth/sdk";
import type { Agent } from "@berth/sdk";
import { behaviourFor } from "./behaviours.ts";

/** The agent under test of the A2A 1.0 TCK: the kit chooses what it does by the prefix of the message id. */
const agent: Agent = defineAgent({
  name: "tck",
  version: "1.0.0",
  description: "Does what the A2A TCK asks for.",
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  onMessage: (message, ctx) => behaviourFor(message.messageId)(ctx),
});

export default agent;

if (import.meta.main) await serve(agent);
