import type { AgentCard, AgentInterface } from "@berth/protocol";
import { expect, test } from "vitest";
import { selectWire } from "./select-wire.ts";

function card(supportedInterfaces: readonly AgentInterface[], streaming = true): AgentCard {
  return {
    name: "echo",
    description: "",
    version: "1",
    supportedInterfaces,
    capabilities: { streaming },
    defaultInputModes: ["text/plain"],
    defaultOutputModes: ["text/plain"],
    skills: [],
  };
}

const rpc = { url: "http://agent.test:9999/a2a/", protocolBinding: "JSONRPC", protocolVersion: "1.0" };
const oldRpc = { url: "http://agent.test/rpc", protocolBinding: "JSONRPC", protocolVersion: "0.3" };
const rest = { url: "http://agent.test/rest/", protocolBinding: "HTTP+JSON", protocolVersion: "1.0" };
const grpc = { url: "agent.test:50051", protocolBinding: "GRPC", protocolVersion: "1.0" };
const message = { messageId: "m", role: "ROLE_USER", parts: [{ text: "hi" }] } as const;

function bodyOf(request: { readonly body?: string }): unknown {
  return JSON.parse(request.body ?? "null");
}

test("JSON-RPC 1.0 comes before 0.3 and HTTP+JSON, whatever the card's order", () => {
  const request = selectWire(card([grpc, rest, oldRpc, rpc])).send({ message });
  expect(request).toMatchObject({ method: "POST", path: "/a2a/", headers: { "a2a-version": "1.0" } });
  expect(bodyOf(request)).toEqual({ jsonrpc: "2.0", id: "1", method: "SendStreamingMessage", params: { message } });
});

test("an agent without streaming is sent SendMessage and is patiently asked for its task", () => {
  const wire = selectWire(card([{ ...rpc, tenant: "t1" }], false));
  expect(wire.streaming).toBe(false);
  expect(bodyOf(wire.send({ message }))).toMatchObject({ method: "SendMessage", params: { tenant: "t1" } });
  expect(bodyOf(wire.get("task-1"))).toMatchObject({ method: "GetTask", params: { tenant: "t1", id: "task-1" } });
});

test("an agent that knows only 0.3 is spoken to in 0.3", () => {
  const wire = selectWire(card([oldRpc, rest]));
  const request = wire.send({ message });
  expect(request.path).toBe("/rpc");
  expect(request.headers["a2a-version"]).toBeUndefined();
  expect(bodyOf(request)).toMatchObject({
    method: "message/stream",
    params: { message: { kind: "message", role: "user", parts: [{ kind: "text", text: "hi" }] } },
  });
  expect(bodyOf(wire.cancel("task-1"))).toMatchObject({ method: "tasks/cancel", params: { id: "task-1" } });
  const status = { kind: "status-update", taskId: "t", contextId: "c", final: true, status: { state: "completed" } };
  expect(wire.frame({ jsonrpc: "2.0", id: "1", result: status })).toMatchObject({
    statusUpdate: { taskId: "t", status: { state: "TASK_STATE_COMPLETED" } },
  });
});

test("an agent with HTTP+JSON only gets requests below the path of its card", () => {
  const wire = selectWire(card([grpc, rest]));
  expect(wire.send({ message })).toMatchObject({ method: "POST", path: "/rest/message:stream" });
  expect(wire.get("a/b")).toMatchObject({ method: "GET", path: "/rest/tasks/a%2Fb" });
  expect(wire.cancel("t")).toMatchObject({ method: "POST", path: "/rest/tasks/t:cancel" });
  const plain = selectWire(card([{ ...rest, url: "not a url at all", tenant: "t 1" }], false));
  expect(plain.send({ message }).path).toBe("/not%20a%20url%20at%20all/t%201/message:send");
});

test("a card that offers only gRPC cannot be used, and the error says what would do", () => {
  expect(() => selectWire(card([grpc]))).toThrow(
    expect.objectContaining({ reason: "CARD_INVALID", message: expect.stringContaining("supportedInterfaces") }),
  );
});

test("a frame that does not fit names its field, an error stays the agent's own", () => {
  const wire = selectWire(card([rpc]));
  const envelope = { jsonrpc: "2.0", id: "1" };
  expect(() => wire.frame({ ...envelope, result: { task: { id: "t", status: { state: "DONE" } } } })).toThrow(
    expect.objectContaining({ reason: "INVALID_AGENT_RESPONSE", message: expect.stringContaining("status.state") }),
  );
  expect(() => wire.frame({ ...envelope })).toThrow(expect.objectContaining({ reason: "INVALID_AGENT_RESPONSE" }));
  expect(() => wire.frame([])).toThrow(expect.objectContaining({ reason: "INVALID_AGENT_RESPONSE" }));
  expect(() => wire.frame({ ...envelope, error: { code: -32001, message: "no such task" } })).toThrow(
    expect.objectContaining({
      reason: "AGENT_ERROR",
      message: expect.stringContaining("no such task"),
      metadata: { agentCode: "-32001", agentReason: "TASK_NOT_FOUND" },
    }),
  );
});

test("the extensions that the caller asked for go into the header that the agent's version has for them", () => {
  const wanted = ["urn:a", "urn:b"];
  const send = (offered: AgentInterface): { readonly [name: string]: string } =>
    selectWire(card([offered])).send({ message }, wanted).headers;
  for (const offered of [rpc, rest]) expect(send(offered)).toMatchObject({ "a2a-extensions": "urn:a,urn:b" });
  expect(send(oldRpc)).toMatchObject({ "x-a2a-extensions": "urn:a,urn:b" });
  expect(send(oldRpc)).not.toHaveProperty("a2a-extensions");
  expect(selectWire(card([rpc])).send({ message }).headers).not.toHaveProperty("a2a-extensions");
});
