// An A2A server made with the official SDK and express alone: nothing in it knows Berth.
import { AgentCard, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import { UserBuilder, agentCardHandler, jsonRpcHandler, restHandler } from "@a2a-js/sdk/server/express";
import express from "express";

const port = Number(process.env.PORT ?? 8080);

const reverser = {
  async execute({ userMessage, taskId, contextId }, bus) {
    const text = userMessage.parts.map((part) => (part.content?.$case === "text" ? part.content.value : "")).join("");
    const artifact = { artifactId: "reversed", name: "reversed", parts: [{ text: [...text].toReversed().join("") }] };
    const status = (state) => ({ state, timestamp: new Date().toISOString() });
    const task = { id: taskId, contextId, status: status("TASK_STATE_SUBMITTED") };
    const done = { taskId, contextId, status: status("TASK_STATE_COMPLETED") };
    // History is protobuf's own form already, the rest is written as JSON.
    bus.publish(AgentEvent.task({ ...Task.fromJSON(task), history: [userMessage] }));
    bus.publish(AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON({ taskId, contextId, artifact })));
    bus.publish(AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON(done)));
    bus.finished();
  },
  async cancelTask() {},
};

function cardFor(url) {
  return AgentCard.fromJSON({
    name: "plain-a2a-server",
    description: "Turns text around.",
    version: "1.0.0",
    supportedInterfaces: [
      { url, protocolBinding: "JSONRPC", protocolVersion: "1.0" },
      { url, protocolBinding: "HTTP+JSON", protocolVersion: "1.0" },
    ],
    capabilities: { streaming: true },
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [{ id: "reverse", name: "reverse", description: "Returns the text backwards.", tags: ["text"] }],
  });
}

const app = express();
const server = app.listen(port, "localhost", (error) => {
  if (error) throw error;
  const url = `http://localhost:${server.address().port}/`;
  const requestHandler = new DefaultRequestHandler(cardFor(url), new InMemoryTaskStore(), reverser);
  const options = { requestHandler, userBuilder: UserBuilder.noAuthentication };
  app.use("/.well-known/agent-card.json", agentCardHandler({ agentCardProvider: requestHandler }));
  app.post("/", jsonRpcHandler(options));
  app.use("/", restHandler(options));
  console.log(`listening on ${url}`);
});

process.once("SIGTERM", () => {
  server.close(() => process.exit(0));
  server.closeAllConnections();
});
