import { STEERING_EXTENSION, TURN_POLICY_METADATA } from "@berth/protocol";
import { scriptedCard, scriptedConfig } from "@berth/testing";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, publish, textMessage } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";

const SEQUENCE = "https://berth.dev/extensions/stream-sequence/v1";
const USAGE = "https://berth.dev/extensions/run-usage/v1";
const WANTED = "https://example.com/extensions/citations/v1";
const NEEDED = "https://example.com/extensions/timestamps/v1";

let house: House;
/** The turns that `slow` keeps running, oldest first. */
const running: (() => void)[] = [];

beforeAll(async () => {
  house = await openHouse({
    script: async function* (turn, agent) {
      yield agent.task("TASK_STATE_WORKING");
      const isSlow = turn.message.parts[0]?.text === "slow";
      if (isSlow) await new Promise<void>((resolve) => running.push(resolve));
      const end = agent.status(isSlow ? "TASK_STATE_INPUT_REQUIRED" : "TASK_STATE_COMPLETED");
      const metadata = { [USAGE]: { inputTokens: 12, outputTokens: 3, models: ["small"], turns: 99 } };
      yield "statusUpdate" in end ? { statusUpdate: { ...end.statusUpdate, metadata } } : end;
    },
  });
  const config = scriptedConfig({ visibility: "public" });
  const extensions = [{ uri: WANTED }, { uri: NEEDED, required: true }];
  const steering = { extensions: [{ uri: STEERING_EXTENSION }] };
  await publish(house.store, "steerable", { config, card: { ...scriptedCard(), capabilities: steering } });
  await publish(house.store, "strict", { config, card: { ...scriptedCard(), capabilities: { extensions } } });
});
afterAll(async () => await house[Symbol.asyncDispose]());

const lastTurn = () => house.connector.turns.at(-1);

describe("extensions", () => {
  test("that are known are activated and said in the answer's header; others are ignored", async () => {
    const headers = { "a2a-extensions": `urn:unknown, ${SEQUENCE},${SEQUENCE}` };
    const rpc = await house.rpc("SendMessage", textMessage("x"), { headers });
    expect(rpc.headers["a2a-extensions"]).toBe(SEQUENCE);
    const rest = await house.call("/agents/scripted/message:send", { headers, body: textMessage("x") });
    expect(rest.headers["a2a-extensions"]).toBe(SEQUENCE);
    const stream = await house.open("/agents/scripted/message:stream", { headers, body: textMessage("x") });
    expect(stream.response.headers["a2a-extensions"]).toBe(SEQUENCE);
    stream.close();
    const plain = await house.rpc("SendMessage", textMessage("x"));
    expect(plain.headers).not.toHaveProperty("a2a-extensions");
  });

  test("have their old header in A2A 0.3", async () => {
    const headers = { "x-a2a-extensions": SEQUENCE };
    const message = { messageId: "old", role: "user", kind: "message", parts: [{ kind: "text", text: "x" }] };
    const rpc = await house.rpc("message/send", { message }, { headers });
    expect(rpc.headers["x-a2a-extensions"]).toBe(SEQUENCE);
    expect(rpc.headers).not.toHaveProperty("a2a-extensions");
    const rest = await house.call("/agents/scripted/v1/card", { headers });
    expect(rest.headers["x-a2a-extensions"]).toBe(SEQUENCE);
  });

  test("that are asked for reach the agent, but for those that are the platform's own work", async () => {
    const headers = { "a2a-extensions": `${WANTED},${NEEDED},${SEQUENCE}` };
    const answer = await house.rpc("SendMessage", textMessage("x"), { agent: "strict", headers });
    expect(answer.headers["a2a-extensions"]).toBe(`${WANTED}, ${NEEDED}, ${SEQUENCE}`);
    expect(lastTurn()?.extensions).toEqual([WANTED, NEEDED]);
  });

  test("that the agent requires are demanded of every send, in every binding", async () => {
    const headers = { "a2a-extensions": WANTED };
    const rpc = await house.rpc("SendMessage", textMessage("x"), { agent: "strict", headers });
    expect(rpc.json.error).toMatchObject({ code: -32008, data: [{ reason: "EXTENSION_SUPPORT_REQUIRED" }] });
    expect(rpc.json.error.data[0].metadata.requiredExtensions).toBe(NEEDED);
    const stream = await house.rpc("SendStreamingMessage", textMessage("x"), { agent: "strict" });
    expect(stream.json.error.code).toBe(-32008);
    const rest = await house.call("/agents/strict/message:send", { body: textMessage("x") });
    expect([rest.status, rest.json.error.status]).toEqual([400, "FAILED_PRECONDITION"]);
    const message = { messageId: "old-2", role: "user", kind: "message", parts: [{ kind: "text", text: "x" }] };
    const old = await house.rpc("message/send", { message }, { agent: "strict" });
    expect(old.json.error.code).toBe(-32008);
  });

  test("are refused when they are no URIs, or too many", async () => {
    for (const value of ["two words", `"quoted"`, "nothing", Array.from({ length: 65 }, (_, i) => `urn:${i}`).join()]) {
      const { json } = await house.rpc("SendMessage", textMessage("x"), { headers: { "a2a-extensions": value } });
      expect(json.error.code, value).toBe(-32602);
    }
  });
});

describe("the turn policy", () => {
  const say = (text: string, policy: unknown, change: object = {}): { message: object } =>
    textMessage(text, { metadata: { [TURN_POLICY_METADATA]: { policy } }, ...change });

  test("reject refuses a message while a turn runs, and takes it afterwards; queue waits", async () => {
    const send = async (text: string, policy: string, taskId?: string): Promise<Json> => {
      const message = say(text, policy, taskId === undefined ? {} : { taskId });
      return (await house.rpc("SendMessage", { ...message, configuration: { returnImmediately: true } })).json;
    };
    const taskId: string = (await send("slow", "queue")).result.task.id;
    const refused = await send("next", "reject", taskId);
    expect(refused.error).toMatchObject({ code: -32004, data: [{ reason: "UNSUPPORTED_OPERATION" }] });
    expect((await send("slow", "queue", taskId)).result.task.id).toBe(taskId);
    for (const _turn of ["the first", "the one that waited"]) {
      await expect.poll(() => running.length).toBe(1);
      running.shift()?.();
    }
    const task = async (): Promise<Json> => (await house.rpc("GetTask", { id: taskId })).json.result;
    await expect.poll(async () => (await task()).status.state).toBe("TASK_STATE_INPUT_REQUIRED");
    expect((await send("next", "reject", taskId)).result.task.id).toBe(taskId);
    await expect.poll(async () => (await task()).status.state).toBe("TASK_STATE_COMPLETED");
    expect((await task()).history).toHaveLength(3);
  });

  test("steer reaches the running turn of an agent that declares it, and is refused for another", async () => {
    const send = async (agent: string, text: string, policy: string, change = {}): Promise<Json> =>
      (
        await house.rpc(
          "SendMessage",
          { ...say(text, policy, change), configuration: { returnImmediately: true } },
          { agent },
        )
      ).json;
    for (const agent of ["steerable", "scripted"]) {
      const taskId: string = (await send(agent, "slow", "queue")).result.task.id;
      await expect.poll(() => running.length).toBe(1);
      const sent = await send(agent, "left", "steer", { taskId });
      if (agent === "scripted") {
        expect(sent.error).toMatchObject({ code: -32004, data: [{ reason: "UNSUPPORTED_OPERATION" }] });
        expect(sent.error.message).toContain("cannot be steered");
      } else {
        expect(sent.result.task.history).toHaveLength(2);
        await expect.poll(() => house.connector.steered.length).toBe(1);
      }
      running.shift()?.();
    }
  });

  test("is queue, reject or steer", async () => {
    for (const policy of ["turn", 1, null]) {
      expect((await house.rpc("SendMessage", say("x", policy))).json.error.code).toBe(-32602);
    }
  });
});

test("run-usage counts what the log has and what the agent reports, for those who ask", async () => {
  const { json } = await house.rpc("SendMessage", textMessage("x"));
  const { id } = json.result.task;
  const asked = await house.rpc("GetTask", { id }, { headers: { "a2a-extensions": USAGE } });
  const { elapsedMs, turns, events, inputTokens, outputTokens, models } = asked.json.result.metadata[USAGE];
  expect(turns).toBe(1);
  expect(events).toBeGreaterThan(2);
  expect(elapsedMs).toBeGreaterThanOrEqual(0);
  expect({ inputTokens, outputTokens, models }).toEqual({ inputTokens: 12, outputTokens: 3, models: ["small"] });
  const plain = await house.rpc("GetTask", { id });
  expect(plain.json.result.metadata?.[USAGE]).toBeUndefined();
});
