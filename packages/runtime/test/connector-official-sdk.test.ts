import { createRequire } from "node:module";
import type { RequestListener } from "node:http";
import { AgentCard, Task, TaskArtifactUpdateEvent, TaskStatusUpdateEvent } from "@a2a-js/sdk";
import { AgentEvent, DefaultRequestHandler, InMemoryTaskStore } from "@a2a-js/sdk/server";
import type { AgentExecutor } from "@a2a-js/sdk/server";
import { UserBuilder, agentCardHandler, jsonRpcHandler, restHandler } from "@a2a-js/sdk/server/express";
import type { AgentCard as OldCard } from "a2a-sdk-v03";
import { DefaultRequestHandler as OldRequestHandler, InMemoryTaskStore as OldTaskStore } from "a2a-sdk-v03/server";
import type { AgentExecutor as OldExecutor } from "a2a-sdk-v03/server";
import {
  UserBuilder as OldUserBuilder,
  agentCardHandler as oldCardHandler,
  jsonRpcHandler as oldJsonRpcHandler,
} from "a2a-sdk-v03/server/express";
import { afterEach, expect, test } from "vitest";
import type { Turn, TurnEvent } from "../src/agent-connector.ts";
import { createRuntime } from "../src/create-runtime.ts";
import { fakeSpec } from "../src/pool/fake-instances.ts";
import type { Runtime } from "../src/runtime.ts";
import { FakeSandboxDriver } from "./connector-fake-driver.ts";

// Express brings no types of its own; this is what the tests use of it.
type App = RequestListener & { use(path: string, handler: unknown): void };
const express = createRequire(import.meta.url)("express") as () => App;

const open: Runtime[] = [];
afterEach(async () => {
  for (const runtime of open.splice(0)) await runtime.close(0);
});

function start(agent: RequestListener): Runtime {
  const runtime = createRuntime({
    drivers: [new FakeSandboxDriver(agent)],
    now: Date.now,
    newInstanceId: () => "ins_1",
  });
  open.push(runtime);
  return runtime;
}

const turn: Turn = {
  taskId: "task_ours",
  contextId: "ctx_ours",
  message: { messageId: "msg_1", role: "ROLE_USER", parts: [{ text: "hi" }] },
  principal: { kind: "user", id: "usr_1", orgId: "org_default", scopes: ["invoke"] },
};

/** What a turn yields, in short: the state or the artifact of each frame, and the agent's own task id. */
async function run(runtime: Runtime, more: Partial<Turn> = {}): Promise<{ readonly steps: unknown[]; taskId: string }> {
  const steps: unknown[] = [];
  let taskId = "";
  const events: AsyncIterable<TurnEvent> = runtime.connector.send(
    fakeSpec(),
    { ...turn, ...more },
    new AbortController().signal,
  );
  for await (const event of events) {
    if (event.kind !== "frame") continue;
    const { frame } = event;
    if ("task" in frame) {
      taskId = frame.task.id;
      steps.push(frame.task.status.state);
    } else if ("statusUpdate" in frame) steps.push(frame.statusUpdate.status.state);
    else if ("artifactUpdate" in frame) steps.push(frame.artifactUpdate.artifact.parts[0]?.text);
  }
  return { steps, taskId };
}

/** Asks once, then answers with what it was told. */
const asker: AgentExecutor = {
  async execute({ userMessage, taskId, contextId, task }, bus) {
    const status = (state: string): unknown => ({ state, timestamp: new Date().toISOString() });
    const say = (state: string): void =>
      bus.publish(
        AgentEvent.statusUpdate(TaskStatusUpdateEvent.fromJSON({ taskId, contextId, status: status(state) })),
      );
    if (task === undefined) {
      const opened = Task.fromJSON({ id: taskId, contextId, status: status("TASK_STATE_SUBMITTED") });
      bus.publish(AgentEvent.task({ ...opened, history: [userMessage] }));
      say("TASK_STATE_INPUT_REQUIRED");
    } else {
      // The SDK wants a task first on every stream.
      bus.publish(AgentEvent.task(task));
      const artifact = { artifactId: "a", parts: [{ text: `told in ${contextId}` }] };
      bus.publish(AgentEvent.artifactUpdate(TaskArtifactUpdateEvent.fromJSON({ taskId, contextId, artifact })));
      say("TASK_STATE_COMPLETED");
    }
    bus.finished();
  },
  async cancelTask() {},
};

function officialAgent({ binding, streaming = true }: { readonly binding: string; readonly streaming?: boolean }): App {
  const card = AgentCard.fromJSON({
    name: "asker",
    description: "Asks once.",
    version: "1.0.0",
    supportedInterfaces: [{ url: "http://localhost:9/a2a", protocolBinding: binding, protocolVersion: "1.0" }],
    capabilities: { streaming },
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [{ id: "ask", name: "ask", description: "Asks.", tags: ["test"] }],
  });
  const requestHandler = new DefaultRequestHandler(card, new InMemoryTaskStore(), asker);
  const options = { requestHandler, userBuilder: UserBuilder.noAuthentication };
  const app = express();
  app.use("/.well-known/agent-card.json", agentCardHandler({ agentCardProvider: requestHandler }));
  app.use("/a2a", binding === "JSONRPC" ? jsonRpcHandler(options) : restHandler(options));
  return app;
}

test.each([
  { binding: "JSONRPC", streaming: true },
  { binding: "JSONRPC", streaming: false },
  { binding: "HTTP+JSON", streaming: true },
  { binding: "HTTP+JSON", streaming: false },
])("an agent made with the official SDK asks and is answered ($binding, streaming: $streaming)", async (how) => {
  const runtime = start(officialAgent(how));
  const asked = await run(runtime);
  expect(asked.steps.at(-1)).toBe("TASK_STATE_INPUT_REQUIRED");
  const answered = await run(runtime, { upstream: { taskId: asked.taskId, contextId: "ctx_ours" } });
  expect(answered.steps.at(-1)).toBe("TASK_STATE_COMPLETED");
  if (how.streaming) expect(answered.steps).toContain("told in ctx_ours");
});

const oldExecutor: OldExecutor = {
  async execute({ userMessage, taskId, contextId }, bus) {
    const timestamp = new Date().toISOString();
    bus.publish({
      kind: "task",
      id: taskId,
      contextId,
      status: { state: "submitted", timestamp },
      history: [userMessage],
    });
    const artifact = { artifactId: "a", parts: [{ kind: "text" as const, text: `heard in ${contextId}` }] };
    bus.publish({ kind: "artifact-update", taskId, contextId, artifact });
    bus.publish({ kind: "status-update", taskId, contextId, final: true, status: { state: "completed", timestamp } });
    bus.finished();
  },
  async cancelTask() {},
};

function oldAgent({ streaming }: { readonly streaming: boolean }): App {
  const card: OldCard = {
    name: "old",
    description: "Speaks 0.3.",
    version: "1.0.0",
    protocolVersion: "0.3.0",
    url: "http://localhost:9/rpc",
    capabilities: { streaming },
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [],
  };
  const requestHandler = new OldRequestHandler(card, new OldTaskStore(), oldExecutor);
  const app = express();
  app.use("/.well-known/agent-card.json", oldCardHandler({ agentCardProvider: requestHandler }));
  app.use("/rpc", oldJsonRpcHandler({ requestHandler, userBuilder: OldUserBuilder.noAuthentication }));
  return app;
}

test("an agent made with the official SDK of 0.3 answers, streaming", async () => {
  const { steps } = await run(start(oldAgent({ streaming: true })));
  expect(steps).toEqual(["TASK_STATE_SUBMITTED", "heard in ctx_ours", "TASK_STATE_COMPLETED"]);
});

test("an agent made with the official SDK of 0.3 answers, without streaming", async () => {
  const { steps } = await run(start(oldAgent({ streaming: false })));
  expect(steps).toEqual(["TASK_STATE_COMPLETED"]);
});
