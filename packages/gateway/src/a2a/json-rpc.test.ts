import { TaskState } from "@berth/protocol";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { echoScript } from "@berth/testing";
import type { TurnScript } from "@berth/testing";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
beforeEach(() => {
  house.connector.script = echoScript;
});
afterAll(async () => await house[Symbol.asyncDispose]());

const asking: TurnScript = async function* (turn, agent) {
  if (turn.upstream === undefined) {
    yield agent.task();
    yield agent.status(TaskState.InputRequired, "Your name?");
    return;
  }
  yield agent.artifact("Hello");
  yield agent.status(TaskState.Completed);
};

const raw = async (
  body: unknown,
  headers: { readonly [name: string]: string } = {},
): Promise<{ status: number; json: Json }> => await house.call("/agents/scripted/", { method: "POST", body, headers });

describe("JSON-RPC 2.0", () => {
  test("errors have its codes, and null for an id that cannot be told", async () => {
    const cases: readonly (readonly [unknown, number, unknown])[] = [
      ["{", -32700, null],
      ["[]", -32600, null],
      [[{ jsonrpc: "2.0", id: 1, method: "GetTask", params: { id: "x" } }], -32600, null],
      ["1", -32600, null],
      [{ id: 7, method: "GetTask" }, -32600, 7],
      [{ jsonrpc: "1.0", id: "a", method: "GetTask" }, -32600, "a"],
      [{ jsonrpc: "2.0", id: {}, method: "GetTask" }, -32600, null],
      [{ jsonrpc: "2.0", id: [1], method: "GetTask" }, -32600, null],
      [{ jsonrpc: "2.0", id: true, method: "GetTask" }, -32600, null],
      [{ jsonrpc: "2.0", id: 7, method: 5 }, -32600, 7],
      [{ jsonrpc: "2.0", id: 7 }, -32600, 7],
      [{ jsonrpc: "2.0", id: 7, method: "NoSuchMethod" }, -32601, 7],
      [{ jsonrpc: "2.0", id: 7, method: "GetTask", params: "x" }, -32602, 7],
      [{ jsonrpc: "2.0", id: null, method: "GetTask", params: {} }, -32602, null],
    ];
    for (const [body, code, id] of cases) {
      const { status, json } = await raw(body);
      expect(status).toBe(200);
      expect(json, JSON.stringify(body)).toMatchObject({ jsonrpc: "2.0", id, error: { code } });
    }
  });

  test("a request that forgot its id is answered with id null: A2A has no notifications", async () => {
    const answer = await raw({ jsonrpc: "2.0", method: "SendMessage", params: textMessage("x") });
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ id: null, result: { task: { status: { state: "TASK_STATE_COMPLETED" } } } });
  });

  test("validation errors name the fields, A2A errors carry ErrorInfo of the A2A domain", async () => {
    const invalid = await house.rpc("SendMessage", textMessage("x", { parts: [] }));
    expect(invalid.json.error.data).toContainEqual(
      expect.objectContaining({
        "@type": "type.googleapis.com/google.rpc.BadRequest",
        fieldViolations: [expect.objectContaining({ field: "message.parts" })],
      }),
    );
    const unknown = await house.rpc("GetTask", { id: "task_unknown" });
    expect(unknown.json.error).toMatchObject({
      code: -32001,
      data: [
        { "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "TASK_NOT_FOUND", domain: "a2a-protocol.org" },
      ],
    });
  });
});

describe("an error of a stream", () => {
  test("is its only event in 0.3, whose clients read nothing else, and a plain answer in 1.0", async () => {
    const params = { id: "task_unknown" };
    const old = { jsonrpc: "2.0", id: 3, method: "tasks/resubscribe", params };
    const opened = await house.open("/agents/scripted/", { body: old });
    expect((await Array.fromAsync(opened.events)).map(({ data }) => data)).toEqual([
      { jsonrpc: "2.0", id: 3, error: expect.objectContaining({ code: -32001 }) },
    ]);
    const { status, json } = await raw({ ...old, method: "SubscribeToTask" });
    expect([status, json.error.code]).toEqual([200, -32001]);
  });

  test("that concerns HTTP keeps its status and form in both", async () => {
    const body = { jsonrpc: "2.0", id: 3, method: "message/stream", params: {} };
    const { status, json } = await house.call("/agents/hidden/", { method: "POST", body });
    expect([status, json.id]).toEqual([401, 3]);
  });
});

describe("the version", () => {
  const get = { jsonrpc: "2.0", id: 1, method: "GetTask", params: { id: "x" } };
  const old = { ...get, method: "tasks/get" };

  test("is told by the method's name when nothing else says it", async () => {
    expect((await raw(get)).json.error.code).toBe(-32001);
    expect((await raw(old)).json.error.code).toBe(-32001);
  });

  test("may be said by header or query, its patch number does not count", async () => {
    for (const version of ["1.0", "1.0.1", " 1.0 "])
      expect((await raw(get, { "a2a-version": version })).json.error.code).toBe(-32001);
    const byQuery = await house.call("/agents/scripted/?A2A-Version=0.3", { body: old });
    expect(byQuery.json.error.code).toBe(-32001);
    expect((await house.call("/agents/scripted/?A2A-Version=0.3", { body: get })).json.error.code).toBe(-32601);
    expect((await raw(old, { "a2a-version": "1.0" })).json.error.code).toBe(-32601);
  });

  test("that is not spoken is refused", async () => {
    for (const version of ["2.0", "1", "99.9", "1.0.x", "1.01", "0.2", "abc"]) {
      expect((await raw(get, { "a2a-version": version })).json.error.code, version).toBe(-32009);
    }
  });
});

describe("A2A 1.0 over JSON-RPC", () => {
  test("a send blocks until the turn is over, unless it is told to return at once", async () => {
    const done = await house.rpc("SendMessage", textMessage("hello"));
    expect(done.json.result.task).toMatchObject({
      status: { state: TaskState.Completed },
      artifacts: [{ parts: [{ text: "hello" }] }],
    });
    house.connector.script = asking;
    const asked = await house.rpc("SendMessage", textMessage("hello"));
    expect(asked.json.result.task.status.state).toBe(TaskState.InputRequired);
    house.connector.script = async function* (_turn, agent, signal) {
      yield agent.task();
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    };
    const { json } = await house.rpc("SendMessage", {
      ...textMessage("hello"),
      configuration: { returnImmediately: true },
    });
    expect([TaskState.Submitted, TaskState.Working]).toContain(json.result.task.status.state);
    const canceled = await house.rpc("CancelTask", { id: json.result.task.id });
    expect(canceled.json.result.status.state).toBe(TaskState.Canceled);
    expect((await house.rpc("CancelTask", { id: json.result.task.id })).json.error.code).toBe(-32002);
  });

  test("an agent that answers with a Message only gives a message", async () => {
    house.connector.script = async function* (_turn, agent) {
      yield agent.message("just so");
    };
    const { json } = await house.rpc("SendMessage", textMessage("hello"));
    expect(json.result.message.parts).toEqual([{ text: "just so" }]);
    expect(json.result.task).toBeUndefined();
  });

  test("the history is as long as asked for", async () => {
    const none = await house.rpc("SendMessage", { ...textMessage("hello"), configuration: { historyLength: 0 } });
    const { id } = none.json.result.task;
    expect(none.json.result.task.history).toBeUndefined();
    expect((await house.rpc("GetTask", { id, historyLength: 1 })).json.result.history).toHaveLength(1);
    expect((await house.rpc("GetTask", { id, historyLength: -1 })).json.error.code).toBe(-32602);
  });

  test("a list is of this agent's tasks, of the caller", async () => {
    const alice = await house.key("invoke");
    await house.rpc("SendMessage", textMessage("hello"), { token: alice });
    const mine = await house.rpc("ListTasks", { pageSize: 10 }, { token: alice });
    expect(mine.json.result).toMatchObject({ totalSize: 1, nextPageToken: "", pageSize: 10 });
    const others = await house.rpc("ListTasks", undefined, { token: await house.key("invoke") });
    expect(others.json.result.tasks).toEqual([]);
    const [task] = mine.json.result.tasks;
    expect((await house.rpc("GetTask", { id: task.id }, { agent: "hidden", token: alice })).json.error.code).toBe(
      -32001,
    );
  });

  test("a stream is full responses with the log's sequence numbers, and can be taken up after any of them", async () => {
    const body = { jsonrpc: "2.0", id: "s", method: "SendStreamingMessage", params: textMessage("hello") };
    const all = await Array.fromAsync((await house.open("/agents/scripted/", { body })).events);
    expect(all.map(({ data }) => Object.keys(data.result)[0])).toEqual([
      "task",
      "statusUpdate",
      "artifactUpdate",
      "statusUpdate",
    ]);
    for (const { data } of all) expect(data).toMatchObject({ jsonrpc: "2.0", id: "s" });
    const id = all[0]?.data.result.task.id;
    const subscribe = { jsonrpc: "2.0", id: 2, method: "SubscribeToTask", params: { id } };
    const rest = await house.open("/agents/scripted/", {
      body: subscribe,
      headers: { "last-event-id": String(all[1]?.id) },
    });
    expect((await Array.fromAsync(rest.events)).map((each) => each.id)).toEqual(all.slice(2).map((each) => each.id));
    expect((await raw(subscribe)).json.error.code).toBe(-32004);
    expect((await raw(subscribe, { "last-event-id": "x" })).json.error.code).toBe(-32602);
  });

  test("several streams of one task show the same, and one that closes harms none", async () => {
    let go: () => void = () => undefined;
    const gate = new Promise<void>((resolve) => (go = resolve));
    house.connector.script = async function* (turn, agent) {
      yield agent.task();
      yield agent.status(TaskState.Working);
      await gate;
      yield* echoScript(turn, agent);
    };
    const send = await house.open("/agents/scripted/message:stream", { body: textMessage("hello") });
    const first = (await send.events.next()).value?.data.task;
    const path = `/agents/scripted/tasks/${first.id}:subscribe`;
    const watching = await house.open(path);
    const leaving = await house.open(path, { method: "POST" });
    expect((await leaving.events.next()).value?.data.task.id).toBe(first.id);
    leaving.close();
    expect((await watching.events.next()).value?.data.task.id).toBe(first.id);
    go();
    const seen = await Array.fromAsync(watching.events);
    const sent = await Array.fromAsync(send.events);
    expect(sent.slice(-seen.length)).toEqual(seen);
    expect(seen.at(-1)?.data.statusUpdate.status.state).toBe(TaskState.Completed);
  });

  test("what is not offered has the defined errors", async () => {
    for (const method of [
      "CreateTaskPushNotificationConfig",
      "GetTaskPushNotificationConfig",
      "ListTaskPushNotificationConfigs",
      "DeleteTaskPushNotificationConfig",
    ]) {
      expect((await house.rpc(method, {})).json.error.code, method).toBe(-32003);
    }
    const webhook = {
      ...textMessage("x"),
      configuration: { taskPushNotificationConfig: { url: "https://example.com/hook" } },
    };
    expect((await house.rpc("SendMessage", webhook)).json.error.code).toBe(-32003);
    expect((await house.rpc("GetExtendedAgentCard")).json.error.code).toBe(-32004);
    expect((await house.rpc("agent/getAuthenticatedExtendedCard")).json.error.code).toBe(-32007);
    expect((await house.rpc("tasks/pushNotificationConfig/set", {})).json.error.code).toBe(-32003);
  });

  test("the same message again is the same task, and a key again with other content is refused", async () => {
    const params = textMessage("hello");
    const [once, twice] = [await house.rpc("SendMessage", params), await house.rpc("SendMessage", params)];
    expect(twice.json.result.task.id).toBe(once.json.result.task.id);
    const headers = { "idempotency-key": "k-1" };
    await house.rpc("SendMessage", textMessage("a"), { headers });
    const conflict = await house.rpc("SendMessage", textMessage("b"), { headers });
    expect(conflict.json.error.data[0].reason).toBe("IDEMPOTENCY_CONFLICT");
  });
});

describe("who calls", () => {
  test("a private agent and one that does not exist look the same to a stranger", async () => {
    const answers = [];
    for (const agent of ["hidden", "nobody"]) {
      const { status, headers, text } = await house.rpc("SendMessage", textMessage("x"), { agent });
      answers.push([status, headers["www-authenticate"], text.replaceAll(agent, "NAME")]);
    }
    expect(answers[0]?.[0]).toBe(401);
    expect(answers[0]?.[1]).toContain("Bearer");
    expect(answers[1]).toEqual(answers[0]);
  });

  test("a wrong credential is refused even where none is needed", async () => {
    for (const headers of [
      { authorization: "Bearer wrong" },
      { "x-api-key": "wrong" },
      { authorization: "Basic abc" },
      { authorization: "Bearer" },
      { "x-api-key": "" },
    ]) {
      expect((await house.rpc("SendMessage", textMessage("x"), { headers })).status, JSON.stringify(headers)).toBe(401);
    }
  });

  test("a key is a key in both headers, and needs the scope of what it does", async () => {
    const token = await house.key("invoke");
    expect((await house.rpc("SendMessage", textMessage("x"), { agent: "hidden", token })).json.result).toBeDefined();
    expect(
      (await house.rpc("SendMessage", textMessage("x"), { agent: "hidden", headers: { "x-api-key": token } })).json
        .result,
    ).toBeDefined();
    expect(
      (await house.rpc("SendMessage", textMessage("x"), { agent: "hidden", token: await house.key("read") })).status,
    ).toBe(403);
    expect((await house.rpc("SendMessage", textMessage("x"), { agent: "nobody", token })).status).toBe(404);
  });
});
