// The yardstick: the official SDK with its in-memory store behind Express, as its own samples set it up.
import { createRequire } from "node:module";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { AgentCard, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import type { AgentExecutor } from "@a2a-js/sdk/server";
import { UserBuilder, agentCardHandler, jsonRpcHandler, restHandler } from "@a2a-js/sdk/server/express";

// Express brings no types of its own; this is what is used of it here.
interface App {
  use(path: string, handler: unknown): void;
  listen(port: number, host: string, ready: () => void): Server;
}
const express = createRequire(import.meta.url)("express") as () => App;

const echo: AgentExecutor = {
  async execute({ userMessage, taskId, contextId }, bus) {
    const text = userMessage.parts.map((part) => (part.content?.$case === "text" ? part.content.value : "")).join("\n");
    const status = (state: string): unknown => ({ state, timestamp: new Date().toISOString() });
    const task = Task.fromJSON({ id: taskId, contextId, status: status("TASK_STATE_SUBMITTED") });
    const artifact = { artifactId: "output", name: "output", parts: [{ text }] };
    const done = { taskId, contextId, status: status("TASK_STATE_COMPLETED") };
    bus.publish(AgentEvent.task({ ...task, history: [userMessage] }));
    bus.publish(AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON({ taskId, contextId, artifact })));
    bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON(done)));
    bus.finished();
  },
  async cancelTask() {},
};

const card = AgentCard.fromJSON({
  name: "sdk-echo",
  description: "Echoes.",
  version: "1.0.0",
  supportedInterfaces: [
    { url: "http://127.0.0.1/rpc", protocolBinding: "JSONRPC", protocolVersion: "1.0" },
    { url: "http://127.0.0.1/", protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
  ],
  capabilities: { streaming: true },
  defaultInputModes: ["text/plain"],
  defaultOutputModes: ["text/plain"],
  skills: [{ id: "echo", name: "echo", description: "Echoes.", tags: ["bench"] }],
});

const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), echo);
const options = { requestHandler, userBuilder: UserBuilder.noAuthentication };
const app = express();
app.use("/.well-known/agent-card.json", agentCardHandler({ agentCardProvider: requestHandler }));
app.use("/rpc", jsonRpcHandler(options));
app.use("/", restHandler(options));
const server = app.listen(0, "127.0.0.1", () => {
  // A TCP server that listens has such an address.
  const { port } = server.address() as AddressInfo;
  process.stdout.write(`${JSON.stringify({ url: `http://127.0.0.1:${port}` })}\n`);
});
process.once("SIGTERM", () => process.exit(0));
