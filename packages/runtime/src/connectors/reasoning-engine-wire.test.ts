import { describe, expect, it } from "vitest";
import { LineParser } from "./line-parser.ts";
import { reasoningEngineWire } from "./reasoning-engine-wire.ts";

const path = "/v1/projects/p/locations/l/reasoningEngines/7";
const wire = reasoningEngineWire({ path, streaming: true });
const message = { message: { messageId: "m", role: "ROLE_USER", parts: [{ text: "hi" }] } } as const;
const rpc = (result: object): object => ({ jsonrpc: "2.0", id: "1", result });
const task = { id: "t", contextId: "c", status: { state: "TASK_STATE_WORKING" } };

describe("the envelope of a reasoning engine", () => {
  it("holds JSON-RPC: streams go to streamQuery, whole answers to query", () => {
    expect(wire.send(message)).toMatchObject({ method: "POST", path: `${path}:streamQuery` });
    expect(JSON.parse(wire.send(message).body ?? "")).toEqual({
      classMethod: "stream_query",
      input: { jsonrpc: "2.0", id: "1", method: "SendStreamingMessage", params: message },
    });
    expect(wire.subscribe("t").path).toBe(`${path}:streamQuery`);
    for (const request of [wire.get("t"), wire.cancel("t"), wire.askCard?.request]) {
      expect(request?.path).toBe(`${path}:query`);
      expect(JSON.parse(request?.body ?? "")).toMatchObject({ classMethod: "query", input: { jsonrpc: "2.0" } });
    }
    const whole = reasoningEngineWire({ path, streaming: false });
    expect(whole.send(message).path).toBe(`${path}:query`);
    expect(whole.lines).toBeUndefined();
  });

  it("is taken off an answer; a line of a stream has none", () => {
    expect(wire.task({ output: rpc(task) })).toMatchObject({ task: { id: "t" } });
    expect(wire.frame(rpc({ task }))).toMatchObject({ task: { id: "t" } });
    expect(wire.askCard?.card({ output: rpc({ name: "echo" }) })).toEqual({ name: "echo" });
  });

  it("holds the agent's errors too", () => {
    const error = { jsonrpc: "2.0", id: "1", error: { code: -32_001, message: "no such task" } };
    expect(() => wire.task({ output: error })).toThrow(/no such task/);
    expect(() => wire.frame(error)).toThrow(/no such task/);
    expect(() => wire.task({ output: "?" })).toThrow(/JSON-RPC/);
  });
});

describe("lines", () => {
  it("are read wherever the network split them, and the last needs no end", () => {
    const parser = new LineParser();
    const bytes = Buffer.from('{"a":"ü"}\r\n\n{"b":2}');
    const lines = [...bytes].flatMap((byte) => parser.push(Buffer.from([byte])));
    expect([...lines, ...parser.end()].filter((line) => line !== "")).toEqual(['{"a":"ü"}', '{"b":2}']);
  });

  it("have a longest", () => {
    const parser = new LineParser();
    const chunk = Buffer.alloc(4 * 1024 * 1024, "x");
    expect(() => {
      for (let count = 0; count < 5; count += 1) parser.push(chunk);
    }).toThrow(/16 MiB/);
  });
});
