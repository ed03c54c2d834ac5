import { parseTlogProof, parseTrustPolicy, parseVerifierKey, verifyBundle, verifyLogAnchor } from "@berth/ledger";
import { DEFAULT_ORG_ID, TaskState } from "@berth/protocol";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { Answer, House } from "../gateway.fixture.ts";

const SECRET = "CANARY";

let house: House;
let owner = "";
beforeAll(async () => {
  house = await openHouse({
    script: async function* (_turn, agent) {
      yield agent.task();
      yield agent.artifact(SECRET);
      yield agent.status(TaskState.Completed, SECRET);
    },
  });
  const system = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["owner"] } as const;
  owner = (await house.control.auth.createKey(system, { name: "owner", scopes: ["owner"] })).secret;
});
afterAll(async () => await house[Symbol.asyncDispose]());

const send = async (id: string): Promise<Answer> =>
  await house.rpc(
    "SendMessage",
    { message: { ...textMessage(SECRET).message, messageId: id } },
    { token: house.admin },
  );

describe("an erased run", () => {
  let taskId = "";
  let receiptId = "";
  const get = async (path: string): Promise<Answer> => await house.call(path, { token: house.admin });

  beforeAll(async () => {
    taskId = (await send("first")).json.result.task.id;
    await house.control.receipts.flush();
    receiptId = (await get(`/agents/scripted/runs/${taskId}/receipt`)).json.receiptId;
    expect((await get(`/v1/tasks/${taskId}/events`)).text).toContain(SECRET);
    const line = { atUs: Date.now() * 1_000, severity: 9, body: SECRET, attributes: {}, source: "stdout" } as const;
    house.control.telemetry.sink.logs(DEFAULT_ORG_ID, [{ ...line, agent: "scripted", taskId }]);
    const seen = await get(`/v1/tasks/${taskId}/telemetry`);
    expect([seen.json.spans.length > 0, seen.json.logs.length]).toEqual([true, 1]);
    const body = { reason: "asked to" };
    expect((await house.call(`/v1/receipts/${receiptId}/erase`, { token: owner, body: {} })).status).toBe(400);
    const erased = await house.call(`/v1/receipts/${receiptId}/erase`, { token: owner, body });
    expect([erased.status, erased.json]).toMatchObject([200, { receiptId, taskId, salts: "erased" }]);
  });

  test("says nothing of what was said, through no door", async () => {
    const task = await get(`/v1/tasks/${taskId}`);
    expect(task.json.task).toMatchObject({ id: taskId, status: { state: TaskState.Completed }, history: [] });
    const events = await get(`/v1/tasks/${taskId}/events`);
    expect(events.json.events.map(({ seq }: { seq: number }) => seq)).toEqual(
      events.json.events.map((_event: unknown, i: number) => i + 1),
    );
    expect(events.json.events.every(({ body }: { body: { erased?: true } }) => body.erased === true)).toBe(true);
    const a2a = await house.rpc("GetTask", { id: taskId }, { token: house.admin });
    const stream = await house.open(`/agents/scripted/sse/${taskId}?after=0`, { token: house.admin });
    const frames = await Array.fromAsync(stream.events);
    expect(frames.at(-1)?.data.statusUpdate.status.state).toBe(TaskState.Completed);
    expect((await get(`/v1/tasks/${taskId}/telemetry`)).json).toMatchObject({ spans: [], logs: [] });
    for (const text of [task.text, events.text, a2a.text, JSON.stringify(frames)]) expect(text).not.toContain(SECRET);
  });

  test("has a receipt that says so and verifies", async () => {
    expect((await get(`/v1/receipts/${receiptId}`)).json).toMatchObject({ receiptId, erased: true });
    const { text } = await get(`/v1/receipts/${receiptId}/bundle`);
    expect(text).not.toContain(SECRET);
    const trust = parseTrustPolicy((await get("/ledger/keys")).text);
    const { events } = await verifyBundle(text, { trust });
    expect(events).toMatchObject({ disclosed: 0, total: expect.any(Number) });
  });

  test("is forgotten so far that the same message starts another", async () => {
    const again = (await send("first")).json.result.task.id;
    expect(again).not.toBe(taskId);
    expect((await send("first")).json.result.task.id).toBe(again);
  });
});

test("the checkpoint of another log becomes a leaf, with its proof", async () => {
  await send("for the log");
  await house.control.receipts.flush();
  const note = (await house.call("/ledger/checkpoint")).text;
  const token = await house.key("invoke");
  const { status, json } = await house.call("/v1/ledger/checkpoints", { token, body: note });
  expect(status).toBe(201);
  const { vkey } = JSON.parse((await house.call("/ledger/keys")).text).log;
  const place = await verifyLogAnchor(note, json, parseVerifierKey(vkey));
  expect(place.index).toBe(parseTlogProof(json.proof).index);
});
