import { DEFAULT_ORG_ID } from "@berth/protocol";
import type { Principal } from "@berth/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { Answer, House } from "../gateway.fixture.ts";

// A key for the agent "scripted" only, with every scope that such a key can have.

let house: House;
let token: string;
let other: string;
let own: string;

beforeAll(async () => {
  house = await openHouse();
  const system: Principal = { kind: "system", id: "system", orgId: DEFAULT_ORG_ID, scopes: ["owner"] };
  const scopes = ["deploy", "operate", "invoke", "read"] as const;
  const made = await house.control.auth.createKey(system, { name: "x", scopes, agents: ["scripted"] });
  token = made.secret;
  const send = async (agent: string): Promise<string> => {
    const { json } = await house.rpc("SendMessage", textMessage("x"), { agent, token: house.admin });
    const { id } = json.result.task;
    await house.control.receipts.awaitForTask(DEFAULT_ORG_ID, id, 5_000);
    return id;
  };
  own = await send("scripted");
  other = await send("hidden");
});

afterAll(async () => await house[Symbol.asyncDispose]());

const ask = async (path: string, options: object = {}): Promise<Answer> =>
  await house.call(path, { token, ...options });

test("sees its agent and that one's tasks and receipts, and no others", async () => {
  const { json: agents } = await ask("/v1/agents");
  expect(agents.agents.map(({ name }: { name: string }) => name)).toEqual(["scripted"]);
  const { json: tasks } = await ask("/v1/tasks");
  expect(tasks.tasks.map(({ task }: { task: { id: string } }) => task.id)).toEqual([own]);
  const { json: receipts } = await ask("/v1/receipts");
  expect(receipts.receipts.map(({ taskId }: { taskId: string }) => taskId)).toEqual([own]);
  expect((await ask(`/v1/tasks/${own}`)).status).toBe(200);
  expect((await ask(`/agents/scripted/tasks/${own}`)).status).toBe(200);
});

test("finds that other agents, their tasks, cards, logs and deployments do not exist", async () => {
  const absent = [
    await ask("/v1/agents/hidden"),
    await ask("/v1/agents/hidden/logs"),
    await ask("/v1/agents/hidden", { method: "DELETE" }),
    await ask(`/v1/tasks/${other}`),
    await ask(`/v1/tasks/${other}/events`),
    await ask(`/v1/tasks/${other}/cancel`, { method: "POST" }),
    await ask(`/agents/hidden/tasks/${other}`),
    await ask(`/agents/hidden/runs/${other}/receipt`),
    await ask("/agents/hidden/invoke/echo", { body: {} }),
  ];
  expect(absent.map(({ status }) => status)).toEqual(absent.map(() => 404));
});

test("deploys under its agent's name only", async () => {
  const headers = { "content-type": "application/gzip" };
  for (const query of ["", "?name=hidden"]) {
    const { status } = await ask(`/v1/deployments${query}`, { method: "POST", body: "x", headers });
    expect(status, query).toBe(403);
  }
  expect((await ask("/v1/deployments?name=scripted", { method: "POST", body: "x", headers })).status).toBe(202);
});
