import { QUESTION_METADATA, TaskState } from "@berth/protocol";
import type { StreamResponse } from "@berth/protocol";
import type { TurnScript } from "@berth/testing";
import { expect } from "vitest";
import type { Answer, CallOptions, House, Json } from "../gateway.fixture.ts";

export const TASKS = { extensions: { "io.modelcontextprotocol/tasks": {} } } as const;
export const FORM = { elicitation: {} } as const;

export interface ModernOptions extends CallOptions {
  readonly capabilities?: object;
  readonly path?: string;
  readonly id?: number;
}

const NAMES: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

export function toCall(
  method: string,
  params: Json,
  { capabilities = {}, headers = {}, id = 1, ...rest }: ModernOptions,
): CallOptions {
  const name: unknown = params[NAMES.get(method) ?? ""];
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": capabilities,
    ...params["_meta"],
  };
  return {
    ...rest,
    headers: {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" ? { "mcp-name": name } : {}),
      ...headers,
    },
    body: { jsonrpc: "2.0", id, method, params: { ...params, _meta } },
  };
}

/** A client of 2026 at a house's agent "scripted", or at another path. */
export class ModernClient {
  readonly #house: House;

  constructor(house: House) {
    this.#house = house;
  }

  async call(method: string, params: Json = {}, options: ModernOptions = {}): Promise<Answer> {
    return await this.#house.call(options.path ?? "/agents/scripted/mcp", toCall(method, params, options));
  }

  /** What must succeed. */
  async result(method: string, params: Json = {}, options: ModernOptions = {}): Promise<Json> {
    const { json } = await this.call(method, params, options);
    expect(json.error).toBeUndefined();
    return json.result;
  }

  async say(message: string, options: ModernOptions = {}, more: object = {}): Promise<Json> {
    return await this.result("tools/call", { name: "echo", arguments: { message }, ...more }, options);
  }
}

/** Asks for a name, then greets. */
export const greeter: TurnScript = async function* (turn, agent) {
  if (turn.upstream !== undefined) {
    yield agent.artifact(`Hello ${JSON.stringify(turn.message.parts[0]?.data ?? turn.message.parts[0]?.text)}`);
    yield agent.status(TaskState.Completed);
    return;
  }
  yield agent.task();
  yield question(agent.status(TaskState.InputRequired, "Who are you?"));
};

function question(frame: StreamResponse): StreamResponse {
  if (!("statusUpdate" in frame) || frame.statusUpdate.status.message === undefined) return frame;
  const { status } = frame.statusUpdate;
  const schema = { type: "object", properties: { name: { type: "string" } }, required: ["name"] };
  const message = { ...status.message, metadata: { [QUESTION_METADATA]: { key: "who", schema } } };
  // The message was there when it was looked at.
  return { statusUpdate: { ...frame.statusUpdate, status: { ...status, message: message as never } } };
}

/** Works until it is canceled. */
export const endless: TurnScript = async function* (_turn, agent, signal) {
  yield agent.task();
  yield agent.status(TaskState.Working, "at it");
  await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
};
