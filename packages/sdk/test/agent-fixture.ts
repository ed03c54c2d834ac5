import { onTestFinished } from "vitest";
import { z } from "zod";
import { createAgentClient } from "@berth/sdk/client";
import type { AgentClient } from "@berth/sdk/client";
import { defineAgent, serve, skill } from "@berth/sdk";
import type { Agent, AgentOptions, Skill } from "@berth/sdk";

/** Serves the agent on a port of its own until the test ends. */
export async function serveForTest(agent: Agent): Promise<{ readonly url: string; readonly client: AgentClient }> {
  const running = await serve(agent, { listen: { port: 0 }, handleSignals: false });
  onTestFinished(() => running.close());
  return { url: running.url, client: createAgentClient({ url: running.url }) };
}

export function testAgent(options: Partial<AgentOptions>): Agent {
  return defineAgent({ name: "test", version: "1.0.0", description: "For tests.", ...options });
}

export const greet: Skill = skill({
  description: "Greets.",
  input: z.object({ name: z.string().min(2) }),
  output: z.object({ greeting: z.string() }),
  run: ({ name }) => ({ greeting: `Hello, ${name}` }),
});

/** A promise that the test settles. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { opened: promise, open: resolve };
}
