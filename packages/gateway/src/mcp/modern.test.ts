import { SCOPE_REQUEST_METADATA, TaskState } from "@berth/protocol";
import { echoScript, waitFor } from "@berth/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHouse } from "../gateway.fixture.ts";
import type { Answer, House, Json } from "../gateway.fixture.ts";
import { FORM, ModernClient, TASKS, endless, greeter, toCall } from "./mcp.fixture.ts";
import type { ModernOptions } from "./mcp.fixture.ts";

let house: House;
let client: ModernClient;
beforeAll(async () => {
  house = await openHouse();
  client = new ModernClient(house);
});
beforeEach(() => {
  house.connector.script = echoScript;
  house.connector.canceled.length = 0;
});
afterAll(async () => await house[Symbol.asyncDispose]());

describe("a request of 2026", () => {
  test("needs no handshake, and learns what there is", async () => {
    const found = await client.result("server/discover");
    expect(found).toMatchObject({
      resultType: "complete",
      supportedVersions: ["2026-07-28", "2025-11-25", "2025-06-18", "2025-03-26"],
      capabilities: { tools: { listChanged: true }, extensions: { "io.modelcontextprotocol/tasks": {} } },
      cacheScope: "private",
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "scripted", version: "1.0.0" } },
    });
    expect((await client.result("tools/list")).tools.map(({ name }: Json) => name)).toEqual(["echo"]);
  });

  test.each<[string, ModernOptions & { params?: Json }, number, number]>([
    [
      "an unknown revision",
      { headers: { "mcp-protocol-version": "2030-01-01" }, params: version("2030-01-01") },
      400,
      -32022,
    ],
    ["a header that says another revision", { headers: { "mcp-protocol-version": "2025-11-25" } }, 400, -32020],
    ["another method in the header", { headers: { "mcp-method": "tools/call" } }, 400, -32020],
    ["no capabilities", { params: { _meta: { "io.modelcontextprotocol/clientCapabilities": null } } }, 400, -32602],
    ["no revision in the body", { params: version(null) }, 400, -32602],
  ])("is refused with %s", async (_what, { params, ...options }, status, code) => {
    const answer = await client.call("tools/list", params, options);
    expect([answer.status, answer.json.error.code, answer.json.id]).toEqual([status, code, 1]);
  });

  test.each(["initialize", "ping", "resources/subscribe", "tasks/list", "no/such"])(
    "has no method %s",
    async (method) => {
      const answer = await client.call(method);
      expect([answer.status, answer.json.error.code]).toEqual([404, -32601]);
    },
  );

  test("has no session, whatever its headers say", async () => {
    expect((await client.call("tools/list", {}, { headers: { "mcp-session-id": "old" } })).status).toBe(200);
  });

  test("names its tool in the header, if need be in base64", async () => {
    const call = async (name: string): Promise<Answer> =>
      await client.call("tools/call", { name: "echo", arguments: { message: "x" } }, { headers: { "mcp-name": name } });
    expect((await call("other")).json.error.code).toBe(-32020);
    expect((await call("=?base64?ZWNobw==?=")).json.result.content[0].text).toBe("x");
    expect((await call("=?base64?ZWNobw?=")).json.error.code).toBe(-32020);
  });

  test("hears of progress on a stream, and only then gets one", async () => {
    house.connector.script = async function* (turn, agent) {
      yield agent.task();
      yield agent.status(TaskState.Working, "first");
      yield agent.status(TaskState.Working, "second");
      yield* echoScript(turn, agent);
    };
    const accept = { accept: "application/json, text/event-stream" };
    const call = toCall(
      "tools/call",
      { name: "echo", arguments: { message: "x" }, _meta: { progressToken: "p" } },
      { headers: accept },
    );
    const { events } = await house.open("/agents/scripted/mcp", call);
    const all: Json[] = [];
    for await (const { data } of events) all.push(data);
    expect(all.slice(0, 2).map(({ params }) => params)).toEqual([
      { progressToken: "p", progress: 0, message: "first" },
      { progressToken: "p", progress: 1, message: "second" },
    ]);
    expect(all.at(-1).result.content[0].text).toBe("x");
    expect((await client.say("x", { headers: accept })).content[0].text).toBe("x");
  });

  test("that is closed cancels its task", async () => {
    house.connector.script = endless;
    const accept = { accept: "application/json, text/event-stream" };
    const call = toCall(
      "tools/call",
      { name: "echo", arguments: { message: "x" }, _meta: { progressToken: 1 } },
      { headers: accept },
    );
    const { events, close } = await house.open("/agents/scripted/mcp", call);
    await events.next();
    close();
    await waitFor("the cancel", () => house.connector.canceled.length === 1);
  });
});

describe("a question", () => {
  beforeEach(() => {
    house.connector.script = greeter;
  });

  test("goes to the client's user, and the call goes on with the answer", async () => {
    const asked = await client.say("hi", { capabilities: FORM });
    expect(asked).toMatchObject({
      resultType: "input_required",
      inputRequests: {
        who: {
          method: "elicitation/create",
          params: { message: "Who are you?", requestedSchema: { required: ["name"] } },
        },
      },
    });
    const { requestState } = asked;
    const inputResponses = { who: { action: "accept", content: { name: "Ada" } } };
    const done = await client.say("hi", { capabilities: FORM }, { requestState, inputResponses });
    expect(done).toMatchObject({ resultType: "complete", content: [{ text: 'Hello {"name":"Ada"}' }] });
    // Once more: the task is over, and the same call has the same end.
    expect(await client.say("hi", { capabilities: FORM }, { requestState, inputResponses })).toEqual(done);
  });

  test("is asked again when the answer does not fit", async () => {
    const { requestState } = await client.say("hi", { capabilities: FORM });
    for (const who of [
      7,
      { action: "accept" },
      { action: "accept", content: {} },
      { action: "accept", content: { name: 5 } },
    ]) {
      const again = await client.say("hi", { capabilities: FORM }, { requestState, inputResponses: { who } });
      expect(again.resultType, JSON.stringify(who)).toBe("input_required");
    }
    const bad = await client.call("tools/call", {
      name: "echo",
      arguments: { message: "hi" },
      requestState,
      inputResponses: null,
    });
    expect(bad.json.error.code).toBe(-32602);
  });

  test("that the user does not want to answer ends the task", async () => {
    const { requestState } = await client.say("hi", { capabilities: FORM });
    const over = await client.say(
      "hi",
      { capabilities: FORM },
      { requestState, inputResponses: { who: { action: "decline" } } },
    );
    expect(over.isError).toBe(true);
    expect(house.connector.canceled).toHaveLength(1);
  });

  test("keeps its state to the caller, the tool and the arguments", async () => {
    const { requestState } = await client.say("hi", { capabilities: FORM });
    const code = async (state: unknown, message: string, token?: string): Promise<unknown> =>
      (
        await client.call(
          "tools/call",
          { name: "echo", arguments: { message }, requestState: state },
          { capabilities: FORM, ...(token === undefined ? {} : { token }) },
        )
      ).json.error?.code;
    expect(await code(`${requestState}x`, "hi")).toBe(-32602);
    // Not its last characters: they hold spare bits, and may be these already.
    const other = requestState.at(-10) === "A" ? "B" : "A";
    expect(await code(`${requestState.slice(0, -10)}${other}${requestState.slice(-9)}`, "hi")).toBe(-32602);
    expect(await code(17, "hi")).toBe(-32602);
    expect(await code(requestState, "other")).toBe(-32602);
    expect(await code(requestState, "hi", house.admin)).toBe(-32602);
    expect(await code(requestState, "hi")).toBeUndefined();
  });

  test("is text for the model where nobody can be asked", async () => {
    const asked = await client.say("hi");
    expect(asked).toMatchObject({ resultType: "complete", structuredContent: { question: "Who are you?" } });
    const { task_id } = asked.structuredContent;
    const done = await client.result("tools/call", { name: "echo", arguments: { message: "Ada", task_id } });
    expect(done.content[0].text).toBe('Hello "Ada"');
  });
});

function version(claimed: string | null): Json {
  return { _meta: { "io.modelcontextprotocol/protocolVersion": claimed } };
}

describe("a task that waits for somebody's approval", () => {
  const approvalId = `apr_${"0".repeat(26)}`;
  beforeEach(() => {
    house.connector.script = async function* (_turn, agent, signal) {
      yield agent.task();
      const frame = agent.status(TaskState.AuthRequired, "This needs an approval: to compare");
      const said = "statusUpdate" in frame ? frame.statusUpdate.status.message : undefined;
      if (said !== undefined) Object.assign(said, { metadata: { [SCOPE_REQUEST_METADATA]: { approvalId } } });
      yield frame;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));
    };
  });

  test("is told of with the approval's id, and asks its caller nothing", async () => {
    const pending = await client.result(
      "tools/call",
      { name: "echo", arguments: { message: "hi" } },
      { capabilities: FORM },
    );
    expect(pending.resultType).toBe("complete");
    expect(pending.content[0].text).toContain("This needs an approval: to compare");
    expect(pending.content[0].text).toContain(`a2a approvals approve ${approvalId}`);
    expect(pending.structuredContent).toMatchObject({ state: TaskState.AuthRequired, approval_id: approvalId });
    expect(pending.structuredContent).not.toHaveProperty("question");
    expect(house.connector.canceled).toEqual([]);
  });

  test("goes on as a task where the client knows those", async () => {
    const call = { name: "echo", arguments: { message: "hi" } };
    const created = await client.result("tools/call", call, { capabilities: { ...FORM, ...TASKS } });
    expect(created).toMatchObject({ resultType: "task", status: "working" });
    const { taskId } = created;
    const seen = await client.result("tasks/get", { taskId }, { capabilities: { ...FORM, ...TASKS } });
    expect(seen).toMatchObject({ status: "working", statusMessage: "This needs an approval: to compare" });
  });

  test("shows the approval's id over REST, and its metadata through the door of 0.3", async () => {
    const headers = { "content-type": "application/json" };
    const invoked = await house.call("/agents/scripted/invoke/echo", { method: "POST", headers, body: { a: 1 } });
    expect(invoked.json).toMatchObject({ state: TaskState.AuthRequired, approvalId });
    const message = { kind: "message", messageId: "m-apr", role: "user", parts: [{ kind: "text", text: "hi" }] };
    const old = await house.rpc("message/send", { message });
    expect(old.json.result.status).toMatchObject({
      state: "auth-required",
      message: { metadata: { [SCOPE_REQUEST_METADATA]: { approvalId } } },
    });
  });
});
