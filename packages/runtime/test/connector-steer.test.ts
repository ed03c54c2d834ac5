import type { RequestListener } from "node:http";
import { PRINCIPAL_METADATA } from "@berth/protocol";
import { expect, onTestFinished, test } from "vitest";
import type { Turn } from "../src/agent-connector.ts";
import { createRuntime } from "../src/create-runtime.ts";
import { fakeSpec } from "../src/pool/fake-instances.ts";
import type { Runtime } from "../src/runtime.ts";
import { FakeSandboxDriver } from "./connector-fake-driver.ts";
import { scriptedAgent, status, task } from "./connector-scripted-agent.ts";
import type { AgentCall } from "./connector-scripted-agent.ts";

const turn: Turn = {
  taskId: "task_ours",
  contextId: "ctx_ours",
  message: { messageId: "msg_1", role: "ROLE_USER", parts: [{ text: "hi" }] },
  principal: { kind: "user", id: "usr_1", orgId: "org_default", scopes: ["invoke"] },
};
const steering: Turn = { ...turn, upstream: { taskId: "t1", contextId: "c1" } };
const idle = new AbortController().signal;

function start(agent: RequestListener): Runtime {
  const runtime = createRuntime({
    drivers: [new FakeSandboxDriver(agent)],
    now: Date.now,
    newInstanceId: () => "ins_1",
  });
  onTestFinished(async () => await runtime.close(0));
  return runtime;
}

/** An agent with one task that runs; `steered` answers what is sent into it. Resolves when the task is known. */
async function atWork(steered: (call: AgentCall) => void): Promise<{ runtime: Runtime; end: () => Promise<void> }> {
  let finish = (): void => undefined;
  const runtime = start(
    scriptedAgent((call) => {
      if (call.body.method !== "SendStreamingMessage") return steered(call);
      call.frame(task("TASK_STATE_WORKING"));
      finish = () => {
        call.frame(status("TASK_STATE_COMPLETED"));
        call.end();
      };
      return undefined;
    }),
  );
  const known = Promise.withResolvers<void>();
  const over = (async () => {
    for await (const event of runtime.connector.send(fakeSpec(), turn, idle)) {
      if (event.kind === "frame") known.resolve();
    }
  })();
  await known.promise;
  return {
    runtime,
    end: async () => {
      finish();
      await over;
    },
  };
}

test("a message into a running turn goes to its instance, and is taken when the agent says so", async () => {
  const calls: AgentCall[] = [];
  const arrived = Promise.withResolvers<void>();
  const { runtime, end } = await atWork((call) => {
    calls.push(call);
    arrived.resolve();
  });
  let taken = false;
  const steered = runtime.connector.steer(fakeSpec(), steering, idle).then(() => (taken = true));
  await arrived.promise;
  expect(calls[0]?.body).toMatchObject({
    method: "SendMessage",
    params: {
      configuration: { returnImmediately: true },
      message: { taskId: "t1", contextId: "c1", metadata: { [PRINCIPAL_METADATA]: { id: "usr_1" } } },
    },
  });
  expect(taken).toBe(false);
  calls[0]?.json({ jsonrpc: "2.0", id: "1", result: task("TASK_STATE_WORKING") });
  await steered;
  await end();
});

test("it is not taken when the agent refuses, or when the turn is ended", async () => {
  const { runtime, end } = await atWork((call) => {
    const isLate = call.body.params.message.messageId === "late";
    if (!isLate) call.json({ jsonrpc: "2.0", id: "1", error: { code: -32004, message: "the turn ended" } });
  });
  await expect(runtime.connector.steer(fakeSpec(), steering, idle)).rejects.toMatchObject({
    reason: "AGENT_ERROR",
    metadata: { agentReason: "UNSUPPORTED_OPERATION" },
  });
  const ended = new AbortController();
  const late = { ...steering, message: { ...steering.message, messageId: "late" } };
  const waiting = runtime.connector.steer(fakeSpec(), late, ended.signal);
  ended.abort();
  await expect(waiting).rejects.toThrow();
  await end();
});

test("without a running turn there is nothing to steer, and no instance is woken for it", async () => {
  const runtime = start(scriptedAgent(() => expect.unreachable("nothing may be sent")));
  await expect(runtime.connector.steer(fakeSpec(), steering, idle)).rejects.toMatchObject({
    reason: "UNSUPPORTED_OPERATION",
  });
  expect(runtime.instances()).toEqual([]);
});
