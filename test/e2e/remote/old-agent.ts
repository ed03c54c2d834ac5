import { createRequire } from "node:module";
import type { IncomingMessage, RequestListener } from "node:http";
import type { AgentCard, Message } from "a2a-sdk-v03";
import { DefaultRequestHandler, InMemoryTaskStore } from "a2a-sdk-v03/server";
import type { AgentExecutor } from "a2a-sdk-v03/server";
import { UserBuilder, agentCardHandler, jsonRpcHandler } from "a2a-sdk-v03/server/express";
import { listen } from "./listen.ts";
import type { ListeningServer } from "./listen.ts";

// Express brings no types of its own; this is what the test uses of it.
type App = RequestListener & { use(path: string, handler: unknown): void };
const express = createRequire(import.meta.url)("express") as () => App;

/** A server made with the official SDK of A2A 0.3, which speaks nothing newer. */
export interface OldAgent extends ListeningServer {
  readonly heard: readonly Message[];
  readonly headers: readonly IncomingMessage["headers"][];
  /** Changes what the card says. */
  describe(change: Partial<AgentCard>): void;
  /** Lets every task go on that waits since it was told to "wait". */
  release(): void;
}

export async function startOldAgent(): Promise<OldAgent> {
  const heard: Message[] = [];
  const headers: IncomingMessage["headers"][] = [];
  const waiting = new Set<() => void>();
  const executor: AgentExecutor = {
    async execute({ userMessage, taskId, contextId, task }, bus) {
      heard.push(userMessage);
      const said = userMessage.parts.map((part) => (part.kind === "text" ? part.text : JSON.stringify(part))).join("");
      const status = (state: "submitted" | "working" | "input-required" | "completed", final = false): void =>
        bus.publish({
          kind: "status-update",
          taskId,
          contextId,
          final,
          status: { state, timestamp: new Date().toISOString() },
        });
      if (task === undefined) {
        const timestamp = new Date().toISOString();
        bus.publish({
          kind: "task",
          id: taskId,
          contextId,
          status: { state: "submitted", timestamp },
          history: [userMessage],
        });
      }
      status("working");
      if (said === "wait") await new Promise<void>((resolve) => waiting.add(resolve));
      if (said === "ask") status("input-required", true);
      else {
        const artifact = { artifactId: "answer", parts: [{ kind: "text" as const, text: `old: ${said}` }] };
        bus.publish({ kind: "artifact-update", taskId, contextId, artifact });
        status("completed", true);
      }
      bus.finished();
    },
    async cancelTask() {},
  };
  let change: Partial<AgentCard> = {};
  const server = await listen((url) => {
    const card = (): AgentCard => ({
      name: "Old Agent",
      description: "Speaks 0.3.",
      version: "1.0.0",
      protocolVersion: "0.3.0",
      url: `${url}/rpc`,
      capabilities: { streaming: true },
      defaultInputModes: ["text/plain", "application/json"],
      defaultOutputModes: ["text/plain"],
      skills: [{ id: "answer", name: "Answer", description: "Says it again.", tags: ["old"] }],
      ...change,
    });
    const requestHandler = new DefaultRequestHandler(card(), new InMemoryTaskStore(), executor);
    const app = express();
    app.use("/.well-known/agent-card.json", agentCardHandler({ agentCardProvider: async () => card() }));
    const rpc = jsonRpcHandler({ requestHandler, userBuilder: UserBuilder.noAuthentication });
    app.use("/rpc", (request: IncomingMessage, response: unknown, next: unknown) => {
      headers.push(request.headers);
      // An express handler, called as express calls it.
      (rpc as (...args: unknown[]) => void)(request, response, next);
    });
    return app;
  });
  return {
    url: server.url,
    heard,
    headers,
    describe(next) {
      change = next;
    },
    release() {
      for (const resolve of waiting) resolve();
      waiting.clear();
    },
    [Symbol.asyncDispose]: async () => await server[Symbol.asyncDispose](),
  };
}
