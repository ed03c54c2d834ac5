import { PRINCIPAL_METADATA } from "@berth/protocol";
import { afterEach, expect, test, vi } from "vitest";
import type { RequestListener } from "node:http";
import { createRuntime } from "../src/create-runtime.ts";
import type { Runtime } from "../src/runtime.ts";
import type { Timers } from "../src/pool/timers.ts";
import type { Turn, TurnEvent } from "../src/agent-connector.ts";
import { fakeSpec } from "../src/pool/fake-instances.ts";
import { FakeSandboxDriver } from "./connector-fake-driver.ts";
import { CARD, scriptedAgent, status, task } from "./connector-scripted-agent.ts";
import type { AgentCall } from "./connector-scripted-agent.ts";

const open: Runtime[] = [];
afterEach(async () => {
  for (const runtime of open.splice(0)) await runtime.close(0);
});

function start(agent: RequestListener, timers?: Timers): { runtime: Runtime; driver: FakeSandboxDriver } {
  const driver = new FakeSandboxDriver(agent);
  let count = 0;
  const runtime = createRuntime({
    drivers: [driver],
    now: Date.now,
    newInstanceId: () => `ins_${++count}`,
    ...(timers === undefined ? {} : { timers }),
  });
  open.push(runtime);
  return { runtime, driver };
}

/** Patient: the machine may be busy. */
async function until(check: () => void, interval = 10): Promise<void> {
  await vi.waitFor(check, { timeout: 20_000, interval });
}

/** For what takes seconds: all waits of the runtime are a tenth. */
const hasty: Timers = {
  now: Date.now,
  after(ms, run) {
    const timer = setTimeout(run, ms / 10);
    return () => clearTimeout(timer);
  },
};

const turn: Turn = {
  taskId: "task_ours",
  contextId: "ctx_ours",
  message: { messageId: "msg_1", role: "ROLE_USER", parts: [{ text: "hi" }] },
  principal: { kind: "user", id: "usr_1", orgId: "org_default", scopes: ["invoke"] },
};

async function collect(events: AsyncIterable<TurnEvent>, into: TurnEvent[] = []): Promise<TurnEvent[]> {
  for await (const event of events) into.push(event);
  return into;
}

function send(
  runtime: Runtime,
  more: Partial<Turn> = {},
  signal: AbortSignal = new AbortController().signal,
): AsyncIterable<TurnEvent> {
  return runtime.connector.send(fakeSpec(), { ...turn, ...more }, signal);
}

function framesOf(events: readonly TurnEvent[]): unknown[] {
  return events.flatMap((event) => (event.kind === "frame" ? [event.frame] : []));
}

test("a turn wakes the agent, names the instance first, and yields the frames with the agent's own ids", async () => {
  let seen: AgentCall | undefined;
  const { runtime, driver } = start(
    scriptedAgent((call) => {
      seen = call;
      call.frame(task("TASK_STATE_SUBMITTED"));
      call.frame({
        artifactUpdate: { taskId: "t1", contextId: "c1", artifact: { artifactId: "a", parts: [{ text: "hi" }] } },
      });
      call.frame(status("TASK_STATE_COMPLETED"));
      call.end();
    }),
  );
  const events = await collect(send(runtime));
  expect(events[0]).toEqual({ kind: "instance", instanceId: "ins_1" });
  expect(framesOf(events)).toMatchObject([
    { task: { id: "t1" } },
    { artifactUpdate: { taskId: "t1" } },
    { statusUpdate: { taskId: "t1", status: { state: "TASK_STATE_COMPLETED" } } },
  ]);
  expect(seen).toMatchObject({ path: "/rpc", method: "POST", headers: { "a2a-version": "1.0" } });
  expect(seen?.body).toMatchObject({
    method: "SendStreamingMessage",
    params: {
      message: {
        messageId: "msg_1",
        contextId: "ctx_ours",
        metadata: { [PRINCIPAL_METADATA]: { kind: "user", id: "usr_1", orgId: "org_default", scopes: ["invoke"] } },
      },
    },
  });
  for (let i = 0; i < 5; i++) await collect(send(runtime));
  expect(driver.starts).toHaveLength(1);
  // One may have been opened for reading the card.
  expect(await driver.connections("ins_1")).toBeLessThanOrEqual(2);
});

test("a turn that waits for more than a moment says where it stands, and gets its place although its reader looked away", async () => {
  let end = (): void => {};
  const { runtime } = start(
    scriptedAgent((call) => {
      call.frame(status("TASK_STATE_WORKING"));
      end = () => {
        call.frame(status("TASK_STATE_COMPLETED"));
        call.end();
      };
    }),
    hasty,
  );
  const one = fakeSpec({ concurrency: 1 });
  const signal = new AbortController().signal;
  const first: TurnEvent[] = [];
  const running = collect(runtime.connector.send(one, turn, signal), first);
  await until(() => expect(framesOf(first)).toHaveLength(1));
  const endFirst = end;
  const events: TurnEvent[] = [];
  const second = collect(runtime.connector.send(one, turn, signal), events);
  await until(() => expect(events).toEqual([{ kind: "queued", position: 1 }]));
  for await (const event of runtime.connector.send(one, turn, signal)) {
    expect(event).toEqual({ kind: "queued", position: 2 });
    break;
  }
  endFirst();
  await running;
  await until(() => expect(framesOf(events)).toHaveLength(1));
  end();
  await second;
  await until(() => expect(runtime.instances()).toMatchObject([{ activeCalls: 0 }]));
});

test("a reader that stops at the last frame leaves a connection that the next call can use", async () => {
  const { runtime, driver } = start(
    scriptedAgent((call) => {
      call.frame(status("TASK_STATE_COMPLETED"));
      setImmediate(() => call.end());
    }),
  );
  for (let i = 0; i < 6; i++) {
    for await (const event of send(runtime)) if (event.kind === "frame") break;
    await until(() => expect(runtime.instances()).toMatchObject([{ activeCalls: 0 }]));
  }
  expect(await driver.connections("ins_1")).toBeLessThanOrEqual(3);
});

test("an agent that keeps its stream open after its last frame does not keep the turn open", async () => {
  const { runtime } = start(
    scriptedAgent((call) => void call.frame(status("TASK_STATE_INPUT_REQUIRED"))),
    hasty,
  );
  expect(framesOf(await collect(send(runtime)))).toHaveLength(1);
});

test("a JSON-RPC error ends the turn as the agent's error, with its message", async () => {
  const { runtime } = start(
    scriptedAgent(({ json }) => json({ jsonrpc: "2.0", id: "1", error: { code: -32603, message: "out of cheese" } })),
  );
  await expect(collect(send(runtime))).rejects.toMatchObject({
    reason: "AGENT_ERROR",
    message: expect.stringContaining("out of cheese"),
  });
});

test("an HTTP error without JSON ends the turn as the agent's error, with its status", async () => {
  const { runtime } = start(scriptedAgent(({ response }) => void response.writeHead(502).end("<h1>Bad gateway</h1>")));
  await expect(collect(send(runtime))).rejects.toMatchObject({
    reason: "AGENT_ERROR",
    metadata: { agentStatus: "502" },
  });
});

test("a frame that does not fit ends the turn, what came before stands, and the error names the field", async () => {
  const { runtime } = start(
    scriptedAgent((call) => {
      call.frame(status("TASK_STATE_WORKING"));
      call.frame({ statusUpdate: { taskId: "t1", contextId: "c1", status: { state: "done" } } });
    }),
  );
  const events: TurnEvent[] = [];
  await expect(collect(send(runtime), events)).rejects.toMatchObject({
    reason: "INVALID_AGENT_RESPONSE",
    message: expect.stringContaining("state"),
  });
  expect(framesOf(events)).toHaveLength(1);
});

test.each([
  ["AGENT_CRASHED", { exitCode: 3 }, /crashed during the call \(exit code 3\)/],
  ["AGENT_OUT_OF_MEMORY", { exitCode: null, signal: "SIGKILL" }, /ran out of memory: its limit is 512 MiB/],
  ["SHUTTING_DOWN", { reason: "STOPPED" as const }, /was stopped/],
] as const)("an instance that goes away during a stream ends the turn with %s", async (reason, exit, message) => {
  const { runtime, driver } = start(scriptedAgent((call) => void call.frame(status("TASK_STATE_WORKING"))));
  const events: TurnEvent[] = [];
  const failed = expect(collect(send(runtime), events)).rejects.toMatchObject({
    reason,
    message: expect.stringMatching(message),
    internal: expect.stringContaining("boom"),
  });
  await until(() => expect(framesOf(events)).toHaveLength(1));
  driver.exit("ins_1", { ...(reason === "SHUTTING_DOWN" ? {} : { reason }), ...exit, lastOutput: "boom" });
  await failed;
  expect(runtime.instances()).toEqual([]);
});

test("frames that the agent sent before it went away are yielded", async () => {
  const { runtime, driver } = start(
    scriptedAgent((call) => {
      call.frame(status("TASK_STATE_WORKING"));
      call.frame(status("TASK_STATE_COMPLETED"));
      call.response.end(() => driver.exit("ins_1"));
    }),
  );
  expect(framesOf(await collect(send(runtime)))).toHaveLength(2);
});

test("an agent that cuts the connection but lives on is unresponsive, not crashed, and goes on", async () => {
  const { runtime } = start(
    scriptedAgent((call) => {
      call.frame(status("TASK_STATE_WORKING"));
      call.response.destroy();
    }),
    hasty,
  );
  await expect(collect(send(runtime))).rejects.toMatchObject({ reason: "AGENT_UNRESPONSIVE" });
  expect(runtime.instances()).toMatchObject([{ state: "ready", activeCalls: 0 }]);
});

test("an instance that does not even show its card any more is stopped, and the next call gets a new one", async () => {
  let stuck = false;
  const agent = scriptedAgent((call) => {
    stuck = true;
    call.response.destroy();
  });
  const { runtime, driver } = start((request, response) => {
    if (!stuck) agent(request, response);
  }, hasty);
  await expect(collect(send(runtime))).rejects.toMatchObject({ reason: "AGENT_UNRESPONSIVE" });
  await until(() => expect(runtime.instances()).toEqual([]));
  stuck = false;
  await runtime.connector.readCard(fakeSpec());
  expect(driver.starts).toEqual(["ins_1", "ins_2"]);
});

test("an abort closes the connection to the agent and frees the instance", async () => {
  let closed = false;
  const { runtime } = start(
    scriptedAgent((call) => {
      call.response.on("close", () => (closed = true));
      call.frame(status("TASK_STATE_WORKING"));
    }),
  );
  const controller = new AbortController();
  const events: TurnEvent[] = [];
  const failed = expect(collect(send(runtime, {}, controller.signal), events)).rejects.toMatchObject({
    reason: "CANCELED",
  });
  await until(() => expect(framesOf(events)).toHaveLength(1));
  controller.abort();
  await failed;
  await until(() => expect(closed).toBe(true));
  expect(runtime.instances()).toMatchObject([{ activeCalls: 0 }]);
});

test("a slow reader makes the agent wait instead of filling our memory", async () => {
  const text = "x".repeat(64 * 1024);
  let sent = 0;
  const { runtime } = start(
    scriptedAgent((call) => {
      const frame = {
        artifactUpdate: { taskId: "t1", contextId: "c1", artifact: { artifactId: "a", parts: [{ text }] } },
      };
      const more = (): void => {
        while (sent < 512) {
          sent += 1;
          if (call.frame(frame)) continue;
          call.response.once("drain", more);
          return;
        }
        call.frame(status("TASK_STATE_COMPLETED"));
        call.end();
      };
      more();
    }),
  );
  let received = 0;
  let stalledAt = 0;
  for await (const event of send(runtime)) {
    if (event.kind !== "frame") continue;
    received += 1;
    if (received === 1) {
      // The sender stands still once every buffer on the way is full.
      await until(() => {
        const before = stalledAt;
        stalledAt = sent;
        expect(sent).toBe(before);
      }, 50);
      expect(stalledAt).toBeLessThan(128);
    }
  }
  expect(received).toBe(513);
});

test("egress decisions appear in the turn that was running, and in the log", async () => {
  const { runtime, driver } = start(
    scriptedAgent((call) => {
      call.frame(status("TASK_STATE_WORKING"));
      driver.egress("ins_1", { host: "evil.test", port: 443, decision: "denied", detail: "not in the allowlist" });
      setImmediate(() => {
        call.frame(status("TASK_STATE_COMPLETED"));
        call.end();
      });
    }),
  );
  const lines: string[] = [];
  runtime.onLog("agt_1", ({ text }) => lines.push(text));
  const events = await collect(send(runtime));
  expect(events).toContainEqual({
    kind: "egress",
    decision: { host: "evil.test", port: 443, decision: "denied", detail: "not in the allowlist" },
  });
  driver.print("ins_1", "hello");
  expect(lines).toEqual(["[berth] egress denied: evil.test:443 (not in the allowlist)", "hello"]);
  expect(runtime.logs("agt_1", 1)).toMatchObject([{ text: "hello", instanceId: "ins_1", stream: "stdout" }]);
});

test("the next turn of a task goes to the instance that holds it, with the agent's own ids", async () => {
  const bodies: AgentCall["body"][] = [];
  const { runtime, driver } = start(
    scriptedAgent((call) => {
      bodies.push(call.body);
      call.frame(
        call.body.params.message.taskId === "t1" ? status("TASK_STATE_COMPLETED") : task("TASK_STATE_INPUT_REQUIRED"),
      );
      call.end();
    }),
  );
  const spec = fakeSpec({ max: 2, concurrency: 1, idleSeconds: 0 });
  const signal = new AbortController().signal;
  await collect(runtime.connector.send(spec, turn, signal));
  // Held although idleSeconds is over at once.
  expect(runtime.instances()).toMatchObject([{ instanceId: "ins_1", state: "ready" }]);
  const events = await collect(
    runtime.connector.send(spec, { ...turn, upstream: { taskId: "t1", contextId: "c1" } }, signal),
  );
  expect(events[0]).toEqual({ kind: "instance", instanceId: "ins_1" });
  expect(bodies[1].params.message).toMatchObject({ taskId: "t1", contextId: "c1" });
  await until(() => expect(runtime.instances()).toEqual([]));
  expect(driver.starts).toEqual(["ins_1"]);
});

test("a task whose instance is gone is reported as lost, not as the agent's not-found", async () => {
  const { runtime, driver } = start(
    scriptedAgent((call) => {
      if (call.body.params.message.taskId === undefined) {
        call.frame(task("TASK_STATE_INPUT_REQUIRED"));
        call.end();
      } else call.json({ jsonrpc: "2.0", id: "1", error: { code: -32001, message: "Task not found" } });
    }),
  );
  await collect(send(runtime));
  driver.exit("ins_1");
  await until(() => expect(runtime.instances()).toEqual([]));
  await expect(collect(send(runtime, { upstream: { taskId: "t1" } }))).rejects.toMatchObject({
    reason: "AGENT_ERROR",
    message: expect.stringContaining("the instance that held it is gone"),
  });
  await expect(collect(send(runtime, { upstream: { taskId: "t1" } }))).rejects.toMatchObject({ reason: "AGENT_ERROR" });
});

test("cancel asks the instance that holds the task, and never starts one", async () => {
  const canceled: unknown[] = [];
  const { runtime, driver } = start(
    scriptedAgent((call) => {
      if (call.body.method !== "CancelTask") return void call.frame(task("TASK_STATE_WORKING"));
      canceled.push(call.body.params);
      call.json({ jsonrpc: "2.0", id: "1", result: task("TASK_STATE_CANCELED").task });
      return undefined;
    }),
  );
  await runtime.connector.cancel(fakeSpec(), { taskId: "t1" });
  expect(driver.starts).toEqual([]);
  const controller = new AbortController();
  const events: TurnEvent[] = [];
  const failed = expect(collect(send(runtime, {}, controller.signal), events)).rejects.toThrow();
  await until(() => expect(framesOf(events)).toHaveLength(1));
  await runtime.connector.cancel(fakeSpec(), { taskId: "t1" });
  expect(canceled).toEqual([{ id: "t1" }]);
  controller.abort();
  await failed;
});

test("an agent without streaming is asked again until its task is at rest", async () => {
  let polls = 0;
  const { runtime } = start(
    scriptedAgent(
      (call) => {
        if (call.body.method === "SendMessage")
          return call.json({ jsonrpc: "2.0", id: "1", result: task("TASK_STATE_WORKING") });
        polls += 1;
        const state = polls < 3 ? "TASK_STATE_WORKING" : "TASK_STATE_COMPLETED";
        return call.json({ jsonrpc: "2.0", id: "1", result: task(state).task });
      },
      { ...CARD, capabilities: { streaming: false } },
    ),
    hasty,
  );
  const frames = framesOf(await collect(send(runtime)));
  expect(frames).toMatchObject([
    { task: { status: { state: "TASK_STATE_WORKING" } } },
    { task: { status: { state: "TASK_STATE_WORKING" } } },
    { task: { status: { state: "TASK_STATE_COMPLETED" } } },
  ]);
});

test("a card is read in both versions, and one that does not fit says where", async () => {
  const v03 = {
    name: "old",
    description: "",
    version: "1",
    protocolVersion: "0.3.0",
    url: "http://localhost:1/",
    capabilities: { streaming: true },
    defaultInputModes: [],
    defaultOutputModes: [],
    skills: [],
  };
  const read = async (card: unknown): Promise<unknown> =>
    (await start(scriptedAgent(() => {}, card)).runtime.connector.readCard(fakeSpec())).card;
  expect(await read(CARD)).toMatchObject({ name: "echo" });
  expect(await read(v03)).toMatchObject({
    supportedInterfaces: [{ protocolBinding: "JSONRPC", protocolVersion: "0.3" }],
  });
  await expect(read({ ...CARD, version: undefined })).rejects.toMatchObject({
    reason: "CARD_INVALID",
    violations: [{ field: "version" }],
  });
  await expect(read("nonsense")).rejects.toMatchObject({ reason: "CARD_INVALID" });
});

test("reading a card ends with the caller's reason when it is aborted", async () => {
  const { runtime } = start(() => {});
  const controller = new AbortController();
  const read = expect(runtime.connector.readCard(fakeSpec(), controller.signal)).rejects.toMatchObject({
    reason: "CANCELED",
  });
  await until(() => expect(runtime.instances()).toMatchObject([{ state: "ready", activeCalls: 1 }]));
  controller.abort();
  await read;
});

test("an agent without a card cannot be used", async () => {
  const { runtime } = start((_request, response) => void response.writeHead(404).end());
  await expect(runtime.connector.readCard(fakeSpec())).rejects.toMatchObject({
    reason: "CARD_INVALID",
    message: expect.stringContaining("HTTP 404"),
  });
});
