import { expect, test } from "vitest";
import type { Turn, TurnEvent } from "../src/agent-connector.ts";
import { fakeSpec } from "../src/pool/fake-instances.ts";
import { status, task } from "./connector-scripted-agent.ts";
import { openRuntime, world } from "./remote-world.ts";
import type { World } from "./remote-world.ts";

const turn: Turn = {
  taskId: "task_ours",
  contextId: "ctx_ours",
  message: { messageId: "msg_1", role: "ROLE_USER", parts: [{ text: "hi" }] },
  principal: { kind: "user", id: "usr_1", orgId: "org_default", scopes: ["invoke"] },
};

function send({ runtime, spec }: World, signal = new AbortController().signal): AsyncIterable<TurnEvent> {
  return runtime.connector.send(spec, turn, signal);
}

async function statesOf(events: AsyncIterable<TurnEvent>, into: string[] = []): Promise<readonly string[]> {
  for await (const event of events) {
    if (event.kind !== "frame") throw new Error(`unexpected ${event.kind}`);
    const { frame } = event;
    if ("task" in frame) into.push(`task ${frame.task.status.state}`);
    else if ("statusUpdate" in frame) into.push(frame.statusUpdate.status.state);
  }
  return into;
}

const rpc = (result: object): object => ({ jsonrpc: "2.0", id: "1", result });
const rpcError = (code: number, message: string): object => ({ jsonrpc: "2.0", id: "1", error: { code, message } });
const [WORKING, DONE] = ["TASK_STATE_WORKING", "TASK_STATE_COMPLETED"];

test("a turn goes to the interface with its credential, and who the caller is stays here", async () => {
  const made = await world((call) => {
    call.frame(task(WORKING));
    call.frame(status(DONE));
    call.end();
  });
  expect(await statesOf(send(made))).toEqual([`task ${WORKING}`, DONE]);
  expect(made.calls).toHaveLength(1);
  expect(made.calls[0]).toMatchObject({ path: "/rpc?team=1", headers: { authorization: "Bearer t" } });
  expect(JSON.stringify([made.calls[0]?.body, made.calls[0]?.headers])).not.toContain("usr_1");
});

test("a stream that breaks is taken up again: the task as it is now, then what follows", async () => {
  const made = await world((call) => {
    if (call.body.method === "SendStreamingMessage") {
      call.frame(task(WORKING));
      call.response.write("data: {", () => call.response.destroy());
    } else if (call.body.method === "GetTask") call.json(rpc(task(WORKING).task));
    else {
      call.frame(task(WORKING));
      call.frame(status(DONE));
      call.end();
    }
  });
  const states = await statesOf(send(made));
  expect(states.at(-1)).toBe(DONE);
  expect(made.methods()).toEqual(["SendStreamingMessage", "GetTask", "SubscribeToTask"]);
  expect(made.calls[1]?.body.params).toEqual({ id: "t1" });
});

test("a stream that ends early is taken up again too, and 0.3 has its own word for it", async () => {
  const old = (state: string, final = false): object =>
    rpc({ kind: "status-update", taskId: "t1", contextId: "c1", final, status: { state } });
  const made = await world(
    (call) => {
      const stream = (frame: object): void => {
        call.response.writeHead(200, { "content-type": "text/event-stream" });
        call.response.end(`data: ${JSON.stringify(frame)}\n\n`);
      };
      if (call.body.method === "message/stream") stream(old("working"));
      else if (call.body.method === "tasks/get") {
        call.json(rpc({ kind: "task", id: "t1", contextId: "c1", status: { state: "working" } }));
      } else stream(old("completed", true));
    },
    { protocolVersion: "0.3" },
  );
  expect(await statesOf(send(made))).toEqual([WORKING, `task ${WORKING}`, DONE]);
  expect(made.methods()).toEqual(["message/stream", "tasks/get", "tasks/resubscribe"]);
});

test("an agent that streams no running task is asked for it until it rests", async () => {
  let asked = 0;
  const made = await world((call) => {
    if (call.body.method === "SendStreamingMessage") {
      call.frame(task(WORKING));
      call.end();
    } else if (call.body.method === "SubscribeToTask") call.json(rpcError(-32601, "no such method"));
    else call.json(rpc(task(++asked < 3 ? WORKING : DONE).task));
  });
  expect((await statesOf(send(made))).at(-1)).toBe(`task ${DONE}`);
  expect(made.methods().filter((method) => method === "SubscribeToTask")).toHaveLength(1);
});

test("an agent that stays away is given up after five tries", async () => {
  const made = await world((call) => {
    if (call.body.method === "SendStreamingMessage") {
      call.frame(task(WORKING));
      call.end();
    } else if (made.calls.length % 2 === 0) call.response.destroy();
    else call.json({}, 503);
  });
  await expect(statesOf(send(made))).rejects.toMatchObject({
    reason: "AGENT_UNRESPONSIVE",
    message: expect.stringContaining("5 tries"),
  });
  expect(made.calls).toHaveLength(6);
});

test("what breaks before the agent told its task is not sent twice", async () => {
  const made = await world((call) => call.response.destroy());
  await expect(statesOf(send(made))).rejects.toMatchObject({ reason: "AGENT_UNRESPONSIVE" });
  expect(made.calls).toHaveLength(1);
});

test("an agent that does not know the task any more says so itself", async () => {
  const made = await world((call) => call.json(rpcError(-32001, "no such task")));
  const resumed = made.runtime.connector.resume(made.spec, { taskId: "t1" }, new AbortController().signal);
  await expect(statesOf(resumed)).rejects.toMatchObject({
    reason: "AGENT_ERROR",
    metadata: { agentReason: "TASK_NOT_FOUND" },
  });
  expect(made.calls).toHaveLength(1);
});

test("a turn of an earlier process is taken up where the task is, over HTTP+JSON as well", async () => {
  const made = await world(
    (call) => {
      if (!call.path.endsWith(":subscribe")) return call.json(task(WORKING).task);
      call.response.writeHead(200, { "content-type": "text/event-stream" });
      call.response.end(`data: ${JSON.stringify(status(DONE))}\n\n`);
    },
    { protocolBinding: "HTTP+JSON" },
  );
  const resumed = made.runtime.connector.resume(made.spec, { taskId: "t1" }, new AbortController().signal);
  expect(await statesOf(resumed)).toEqual([`task ${WORKING}`, DONE]);
  expect(made.calls.map(({ path }) => path)).toEqual(["/rpc/tasks/t1", "/rpc/tasks/t1:subscribe"]);
});

test("an agent without streaming is sent one message and asked for its task", async () => {
  const made = await world(
    (call) => call.json(rpc(call.body.method === "SendMessage" ? task(WORKING) : task(DONE).task)),
    { streaming: false },
  );
  expect(await statesOf(send(made))).toEqual([`task ${WORKING}`, `task ${DONE}`]);
});

test("a stream of good frames without end is cut", async () => {
  const filler = "x".repeat(1_000_000);
  const made = await world((call) => {
    const more = (): void => {
      while (!call.response.destroyed && call.frame({ ...status(WORKING), filler }));
      if (!call.response.destroyed) call.response.once("drain", more);
    };
    call.frame(task(WORKING));
    more();
  });
  await expect(statesOf(send(made))).rejects.toMatchObject({
    reason: "INVALID_AGENT_RESPONSE",
    message: expect.stringContaining("64 MiB"),
  });
});

test("what an agent may send in a turn does not begin anew with each connection", async () => {
  let version = 0;
  const big = (): object => ({
    ...task(WORKING).task,
    artifacts: [{ artifactId: "a", parts: [{ text: `${++version}${"x".repeat(15_000_000)}` }] }],
  });
  const made = await world((call) => {
    if (call.body.method === "SendStreamingMessage") {
      call.frame(task(WORKING));
      call.end();
    } else if (call.body.method === "GetTask") call.json(rpc(big()));
    else call.json(rpcError(-32601, "no such method"));
  });
  await expect(statesOf(send(made))).rejects.toMatchObject({
    reason: "INVALID_AGENT_RESPONSE",
    message: expect.stringContaining("64 MiB"),
  });
  expect(version).toBe(5);
});

test("a question may keep its stream open: the turn ends all the same", async () => {
  const made = await world((call) => call.frame(task("TASK_STATE_INPUT_REQUIRED")));
  expect(await statesOf(send(made))).toEqual(["task TASK_STATE_INPUT_REQUIRED"]);
  expect(made.calls).toHaveLength(1);
});

test("an abort ends the turn and its connection, and nothing is taken up again", async () => {
  const abort = new AbortController();
  const closed = Promise.withResolvers<void>();
  const made = await world((call) => {
    call.response.once("close", () => closed.resolve());
    call.frame(task(WORKING));
  });
  const states: string[] = [];
  const running = (async () => {
    for await (const _event of send(made, abort.signal)) {
      states.push("frame");
      abort.abort();
    }
  })();
  await expect(running).rejects.toMatchObject({ reason: "CANCELED" });
  await closed.promise;
  expect([states.length, made.calls.length]).toEqual([1, 1]);
});

test("a cancel is sent, and its failure does not matter", async () => {
  const made = await world((call) => call.response.destroy());
  await made.runtime.connector.cancel(made.spec, { taskId: "t1" });
  expect(made.calls[0]?.body).toMatchObject({ method: "CancelTask", params: { id: "t1" } });
});

test("an address that became private is not called", async () => {
  const { spec } = await world(() => {});
  const events = openRuntime([]).connector.send(spec, turn, new AbortController().signal);
  await expect(statesOf(events)).rejects.toMatchObject({
    reason: "AGENT_UNRESPONSIVE",
    message: expect.stringContaining("private address"),
  });
});

test("the card of an agent elsewhere is read where it was found, and one that runs here is not resumed", async () => {
  const { runtime, spec } = await world(() => {});
  expect((await runtime.connector.readCard(spec)).card.name).toBe("echo");
  const resumed = runtime.connector.resume(fakeSpec(), { taskId: "t1" }, new AbortController().signal);
  await expect(Array.fromAsync(resumed)).rejects.toMatchObject({ reason: "PLATFORM_RESTARTED" });
});
