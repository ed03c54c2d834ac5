import { TaskState } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import { echoScript, scriptedCard, scriptedConfig } from "@berth/testing";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { openHouse, publish } from "../gateway.fixture.ts";
import type { Answer, CallOptions, House, Json } from "../gateway.fixture.ts";
import { toOutputSchema } from "./tool.ts";

const INPUT: JsonObject = {
  type: "object",
  properties: { n: { type: "number" } },
  required: ["n"],
  additionalProperties: false,
};
const OUTPUT: JsonObject = { type: "object", properties: { sum: { type: "number" } }, required: ["sum"] };

let house: House;
beforeAll(async () => {
  house = await openHouse();
  const skill = (id: string): object => ({ id, name: id, description: `Does ${id}.`, tags: [] });
  await publish(house.store, "typed", {
    config: scriptedConfig({ visibility: "public" }),
    // The fixture's skills have every member of one.
    card: { ...scriptedCard(), skills: [skill("sum"), skill("say it"), skill("say:it")] as never },
    skillSchemas: [{ id: "sum", inputSchema: INPUT, outputSchema: OUTPUT }],
  });
});
beforeEach(() => {
  house.connector.script = echoScript;
});
afterAll(async () => await house[Symbol.asyncDispose]());

const mcp = async (method: string, params?: unknown, options: CallOptions & { agent?: string } = {}): Promise<Answer> =>
  await house.call(`/agents/${options.agent ?? "typed"}/mcp`, {
    ...options,
    body: { jsonrpc: "2.0", id: 1, method, params },
  });
const tool = async (name: string, args?: unknown): Promise<Json> =>
  (await mcp("tools/call", { name, arguments: args })).json.result;

describe("an agent as an MCP server", () => {
  test("shakes hands in each revision it knows, and offers its newest to others", async () => {
    for (const [asked, given] of [
      ["2025-11-25", "2025-11-25"],
      ["2025-06-18", "2025-06-18"],
      ["2025-03-26", "2025-03-26"],
      ["1999-01-01", "2025-11-25"],
    ]) {
      const { json } = await mcp("initialize", {
        protocolVersion: asked,
        capabilities: {},
        clientInfo: { name: "t", version: "1" },
      });
      expect(json.result).toMatchObject({
        protocolVersion: given,
        capabilities: { tools: {} },
        serverInfo: { name: "typed", version: "1.0.0" },
      });
    }
    const { status, text } = await house.call("/agents/typed/mcp", {
      body: { jsonrpc: "2.0", method: "notifications/initialized" },
    });
    expect([status, text]).toEqual([202, ""]);
    expect((await mcp("ping")).json.result).toEqual({});
    expect((await house.call("/agents/typed/mcp", { body: { jsonrpc: "2.0", id: 4, result: {} } })).status).toBe(202);
  });

  test("has no stream without a session, and no end of one", async () => {
    const answer = await house.call("/agents/typed/mcp");
    expect([answer.status, answer.headers.allow]).toEqual([405, "POST"]);
    expect((await house.call("/agents/typed/mcp", { headers: { "mcp-session-id": "made-up" } })).status).toBe(404);
    expect((await house.call("/agents/typed/mcp", { method: "DELETE" })).status).toBe(405);
  });

  test("lists every skill as a tool with a name that MCP allows", async () => {
    const { tools } = (await mcp("tools/list", {})).json.result;
    expect(tools.map((each: { name: string }) => each.name)).toEqual(["sum", "say_it", "say_it_2"]);
    expect(tools[0].inputSchema).toMatchObject({
      type: "object",
      required: ["n"],
      properties: { n: { type: "number" }, task_id: { type: "string" } },
    });
    expect(tools[0].outputSchema).toMatchObject({
      type: "object",
      anyOf: [OUTPUT, { required: ["state", "task_id", "context_id"] }],
    });
    expect(tools[1].inputSchema).toMatchObject({ type: "object", required: ["message"] });
    expect((await mcp("tools/list", { cursor: "x" })).json.error.code).toBe(-32602);
  });

  test("runs a skill and gives back text and structured content", async () => {
    house.connector.script = async function* (turn, agent) {
      const frame = agent.artifact("");
      if (!("artifactUpdate" in frame)) return;
      yield agent.task();
      const given = turn.message.parts[0]?.data;
      yield {
        artifactUpdate: {
          ...frame.artifactUpdate,
          artifact: { artifactId: "output", parts: [{ data: { sum: 2, given: given ?? null } }] },
        },
      };
      yield agent.status(TaskState.Completed);
    };
    const result = await tool("sum", { n: 1 });
    expect(result).toEqual({
      content: [{ type: "text", text: `{"sum":2,"given":{"n":1}}` }],
      structuredContent: { sum: 2, given: { n: 1 } },
    });
    house.connector.script = echoScript;
    expect(await tool("say_it", { message: "hello" })).toEqual({ content: [{ type: "text", text: "hello" }] });
    expect(house.connector.turns.at(-1)?.message.metadata).toEqual({
      "https://berth.dev/extensions/skill-call/v1": { skill: "say it" },
    });
  });

  test("lets a model answer a question by calling again", async () => {
    house.connector.script = async function* (turn, agent) {
      if (turn.upstream !== undefined) yield* echoScript(turn, agent);
      else {
        yield agent.task();
        yield agent.status(TaskState.InputRequired, "Which one?");
      }
    };
    const asked = await tool("say_it", { message: "hello" });
    expect(asked.isError).toBeUndefined();
    expect(asked.structuredContent).toMatchObject({ state: TaskState.InputRequired, question: "Which one?" });
    const { task_id } = asked.structuredContent;
    expect(asked.content[0].text).toContain(task_id);
    expect(await tool("say_it", { message: "that one", task_id })).toEqual({
      content: [{ type: "text", text: "that one" }],
    });
    expect((await tool("say_it", { message: "again", task_id })).isError).toBe(true);
    expect((await tool("sum", { task_id: "task_nope", message: "x" })).isError).toBe(true);
  });

  test("tells a model what it can mend as a result, and a programmer the rest as an error", async () => {
    for (const args of ["text", [1], 5, {}, { n: 1, task_id: 7 }, { n: 1, message: {} }]) {
      const result = await tool("sum", args);
      expect(result.isError, JSON.stringify(args)).toBe(true);
      expect(result.content[0].type).toBe("text");
    }
    house.connector.script = async function* (_turn, agent) {
      yield agent.task();
      yield agent.status(TaskState.Failed, "out of paper");
    };
    expect(await tool("sum", { n: 1 })).toEqual({ content: [{ type: "text", text: "out of paper" }], isError: true });
    expect((await mcp("tools/call", { name: "nope" })).json.error.code).toBe(-32602);
    expect((await mcp("tools/call")).json.error.code).toBe(-32602);
    expect((await mcp("no/such")).json.error.code).toBe(-32601);
    for (const method of ["resources/subscribe", "resources/unsubscribe", "logging/setLevel"]) {
      expect((await mcp(method, { uri: "x", level: "info" })).json.error.code, method).toBe(-32602);
    }
    expect((await mcp("ping", {}, { headers: { "mcp-protocol-version": "1999-01-01" } })).status).toBe(400);
  });

  test("answers in text when a skill breaks the form that it declared", async () => {
    expect(await tool("sum", { n: 1 })).toMatchObject({ isError: true });
  });

  test("is closed to pages from elsewhere and to strangers when it is private", async () => {
    for (const origin of ["https://evil.example.com", "null"]) {
      const answer = await mcp("ping", {}, { headers: { origin } });
      expect(answer.status).toBe(403);
      expect(answer.json.error.data.reason).toBe("ORIGIN_NOT_ALLOWED");
    }
    expect((await mcp("ping", {}, { headers: { origin: "http://localhost:6274" } })).status).toBe(200);
    const stranger = await mcp("tools/list", {}, { agent: "hidden" });
    expect([stranger.status, stranger.headers["www-authenticate"]]).toEqual([401, 'Bearer realm="berth"']);
    expect((await mcp("tools/list", {}, { agent: "hidden", token: house.admin })).json.result.tools).toHaveLength(1);
  });
});

test("an output schema keeps its definitions within reach, or is not published", () => {
  const $defs = { Row: { type: "object" } };
  expect(toOutputSchema({ type: "object", properties: { row: { $ref: "#/$defs/Row" } }, $defs })).toMatchObject({
    $defs,
    anyOf: [{ type: "object" }, {}],
  });
  expect(toOutputSchema({ type: "object", properties: { self: { $ref: "#" } } })).toBeUndefined();
  expect(toOutputSchema({ type: "string" })).toBeUndefined();
});
