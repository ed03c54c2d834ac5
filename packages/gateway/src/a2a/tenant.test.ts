import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => await house[Symbol.asyncDispose]());

const rpc = async (params: object, method = "SendMessage"): Promise<Json> =>
  (await house.call("/a2a", { body: { jsonrpc: "2.0", id: 7, method, params } })).json;

describe("a tenant", () => {
  test("that is the agent's own name is accepted; another one is refused", async () => {
    const own = await house.rpc("SendMessage", { ...textMessage("x"), tenant: "scripted" });
    expect(own.json.result.task.status.state).toBe("TASK_STATE_COMPLETED");
    const other = await house.rpc("SendMessage", { ...textMessage("x"), tenant: "hidden" });
    expect(other.json.error).toMatchObject({ code: -32602 });
    const body = { ...textMessage("x"), tenant: "hidden" };
    expect((await house.call("/agents/scripted/message:send", { body })).json.error.status).toBe("INVALID_ARGUMENT");
  });

  test("stands before every HTTP+JSON route, under both addresses of the agent", async () => {
    const sent = await house.call("/agents/scripted/scripted/message:send", { body: textMessage("x") });
    const { id } = sent.json.task;
    expect((await house.call(`/agents/scripted/scripted/tasks/${id}`)).json.id).toBe(id);
    const host = `scripted.localhost:${house.port}`;
    expect((await house.call(`/scripted/tasks/${id}`, { headers: { host } })).json.id).toBe(id);
    expect((await house.call(`/agents/scripted/hidden/tasks/${id}`)).status).toBe(404);
  });
});

describe("the shared endpoint /a2a", () => {
  test("reaches the agent that params.tenant names, in JSON-RPC", async () => {
    const sent = await rpc({ ...textMessage("shared"), tenant: "scripted" });
    expect(sent).toMatchObject({ id: 7, result: { task: { artifacts: [{ parts: [{ text: "shared" }] }] } } });
    const { id } = sent.result.task;
    expect((await rpc({ id, tenant: "scripted" }, "GetTask")).result.id).toBe(id);
    expect((await house.rpc("GetTask", { id })).json.result.id).toBe(id);
  });

  test("has HTTP+JSON and the card below the tenant", async () => {
    const sent = await house.call("/a2a/scripted/message:send", { body: textMessage("x") });
    expect((await house.call(`/a2a/scripted/tasks/${sent.json.task.id}`)).json.id).toBe(sent.json.task.id);
    const card = await house.call("/a2a/scripted/.well-known/agent-card.json");
    expect(card.json.url).toBe(`http://127.0.0.1:${house.port}/agents/scripted/`);
  });

  test("refuses a call that names no agent, one that is not there, and one that is not the caller's", async () => {
    expect((await rpc(textMessage("x"))).error.code).toBe(-32602);
    const reasons = await Promise.all(
      ["nobody", "hidden", "../x"].map(
        async (tenant) => (await rpc({ ...textMessage("x"), tenant })).error.data[0].reason,
      ),
    );
    expect(reasons).toEqual(["UNAUTHENTICATED", "UNAUTHENTICATED", "AGENT_NOT_FOUND"]);
  });
});
