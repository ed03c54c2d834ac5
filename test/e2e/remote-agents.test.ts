import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { SendMessageRequest, Task } from "@a2a-js/sdk";
import { ClientFactory } from "@a2a-js/sdk/client";
import { ClientFactory as OldClientFactory } from "a2a-sdk-v03/client";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { PRINCIPAL_METADATA } from "@berth/protocol";
import { PlatformProcess, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startOldAgent } from "./remote/old-agent.ts";
import type { OldAgent } from "./remote/old-agent.ts";

const PLAIN = fileURLToPath(new URL("../../examples/plain-a2a-server/src/server.js", import.meta.url));
const CREDENTIAL = "t0ken-for-the-old-agent";

const folder = temporaryFolder();
const env = { BERTH_OUTBOUND_ALLOW: "127.0.0.1:*,localhost:*" };
let platform: PlatformProcess;
let plain: ChildProcess;
let plainUrl = "";
let old: OldAgent;

beforeAll(async () => {
  plain = spawn(process.execPath, [PLAIN], { env: { PATH: process.env["PATH"], PORT: "0" }, stdio: "pipe" });
  if (plain.stdout === null) throw new Error("the plain server has no output");
  const [line] = (await once(createInterface(plain.stdout), "line")) as [string];
  plainUrl = line.replace("listening on ", "");
  old = await startOldAgent();
  platform = await PlatformProcess.start({ home: `${folder.path}/home`, env });
});

afterAll(async () => {
  await platform.stop();
  await old[Symbol.asyncDispose]();
  plain.kill("SIGTERM");
  folder[Symbol.dispose]();
});

// Answers are asserted field by field.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

async function post(path: string, body: unknown): Promise<{ readonly status: number; readonly json: Json }> {
  const init = { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await platform.fetch(path, init);
  return { status: response.status, json: await response.json() };
}

async function get(path: string): Promise<Json> {
  return await (await platform.fetch(path)).json();
}

let sent = 0;
const messageId = (): string => `remote-${++sent}`;

async function sendNew(agent: string, text: string): Promise<Json> {
  const client = await new ClientFactory().createFromUrl(`${platform.url}/agents/${agent}/`);
  const message = { messageId: messageId(), role: "ROLE_USER", parts: [{ text }] };
  return Task.toJSON((await client.sendMessage(SendMessageRequest.fromJSON({ message }))) as Task);
}

async function sendOld(agent: string, text: string): Promise<Json> {
  const client = await new OldClientFactory().createFromUrl(`${platform.url}/agents/${agent}/`);
  const parts = [{ kind: "text" as const, text }];
  return await client.sendMessage({ message: { kind: "message", messageId: messageId(), role: "user", parts } });
}

async function callTool(agent: string, name: string, message: string): Promise<Json> {
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${platform.url}/agents/${agent}/mcp`)));
  try {
    return await client.callTool({ name, arguments: { message } });
  } finally {
    await client.close();
  }
}

test("a 1.0 agent made without this project is imported and offered in both versions, over MCP and REST", async () => {
  const imported = await post("/v1/agents/import", { url: plainUrl, visibility: "public" });
  expect(imported, JSON.stringify(imported)).toMatchObject({
    status: 201,
    json: {
      name: "plain-a2a-server",
      kind: "remote",
      state: "remote",
      remote: {
        cardUrl: `${plainUrl}.well-known/agent-card.json`,
        interface: { url: plainUrl, protocolVersion: "1.0" },
      },
    },
  });
  expect((await get("/v1/agents?kind=remote")).agents).toHaveLength(1);
  const task = await sendNew("plain-a2a-server", "berth");
  expect(task.artifacts[0].parts[0].text).toBe("htreb");
  const older = await sendOld("plain-a2a-server", "berth");
  expect(older.artifacts[0].parts[0].text).toBe("htreb");
  const { content } = await callTool("plain-a2a-server", "reverse", "berth");
  expect(JSON.stringify(content)).toContain("htreb");
  const receipt = await waitFor("the receipt", async () => {
    const response = await platform.fetch(`/agents/plain-a2a-server/runs/${task.id}/receipt`);
    return response.status === 200 && response.json();
  });
  expect(receipt).toMatchObject({ taskId: task.id });
});

test("an agent that speaks only 0.3 answers clients of 1.0 and 0.3, MCP and REST, and gets its credential alone", async () => {
  const { status, json } = await post("/v1/agents/import", {
    url: `${old.url}/.well-known/agent-card.json`,
    name: "old",
    visibility: "public",
    credential: CREDENTIAL,
  });
  expect(status, JSON.stringify(json)).toBe(201);
  expect(json.remote.interface).toEqual({ url: `${old.url}/rpc`, protocolBinding: "JSONRPC", protocolVersion: "0.3" });
  expect(JSON.stringify(json)).not.toContain(CREDENTIAL);
  expect((await sendNew("old", "hi")).artifacts[0].parts[0].text).toBe("old: hi");
  expect((await sendOld("old", "hi")).artifacts[0].parts[0].text).toBe("old: hi");
  expect(JSON.stringify(await callTool("old", "answer", "hi"))).toContain("old: hi");
  const { status: invoked, json: run } = await post("/agents/old/invoke/answer", { n: 1 });
  expect(invoked, JSON.stringify(run)).toBe(200);
  expect(run.state).toBe("TASK_STATE_COMPLETED");
  expect(JSON.stringify(run)).toContain("old: ");
  expect(new Set(old.headers.map(({ authorization }) => authorization))).toEqual(new Set([`Bearer ${CREDENTIAL}`]));
  expect(JSON.stringify([old.headers, old.heard])).not.toContain(platform.token);
  expect(JSON.stringify(old.heard)).not.toContain(PRINCIPAL_METADATA);
});

test("a question of a remote agent is answered, also after the platform was restarted", async () => {
  const asked = await sendNew("old", "ask");
  expect(asked.status.state).toBe("TASK_STATE_INPUT_REQUIRED");
  await platform.kill();
  platform = await PlatformProcess.start({ home: `${folder.path}/home`, env });
  expect((await get(`/v1/tasks/${asked.id}`)).task.status.state).toBe("TASK_STATE_INPUT_REQUIRED");
  const client = await new ClientFactory().createFromUrl(`${platform.url}/agents/old/`);
  const message = { messageId: messageId(), role: "ROLE_USER", taskId: asked.id, parts: [{ text: "Ada" }] };
  const done: Json = Task.toJSON((await client.sendMessage(SendMessageRequest.fromJSON({ message }))) as Task);
  expect(done.status.state).toBe("TASK_STATE_COMPLETED");
  expect(JSON.stringify(done.artifacts)).toContain("old: Ada");
});

test.each(["killed", "stopped"])(
  "a task that ran at a remote agent while the platform was %s is carried to its end",
  async (how) => {
    const { json: accepted } = await post("/agents/old/tasks", {
      message: { messageId: messageId(), role: "ROLE_USER", parts: [{ text: "wait" }] },
    });
    const path = `/v1/tasks/${accepted.taskId}`;
    const stateOf = async (): Promise<string> => (await get(path)).task.status.state;
    await waitFor("the agent to work", async () => (await stateOf()) === "TASK_STATE_WORKING");
    if (how === "killed") await platform.kill();
    else await platform.stop();
    platform = await PlatformProcess.start({ home: `${folder.path}/home`, env });
    expect(await stateOf()).toBe("TASK_STATE_WORKING");
    old.release();
    await waitFor("the end", async () => (await stateOf()) === "TASK_STATE_COMPLETED", 20_000);
    expect(JSON.stringify((await get(path)).task.artifacts)).toContain("old: wait");
  },
);

test("a changed card is shown as drift, changes nothing, and is adopted by a person's word", async () => {
  const skills = [{ id: "storm", name: "Storm", description: "Warns.", tags: [] }];
  old.describe({ skills, version: "2.0.0" });
  const { json: refreshed } = await post("/v1/agents/old/refresh", {});
  expect(refreshed).toMatchObject({
    state: "drifted",
    version: "1.0.0",
    remote: { drift: { skillsAdded: ["storm"], skillsRemoved: ["answer"] } },
  });
  const { oldDigest, newDigest } = refreshed.remote.drift;
  expect(oldDigest).toBe(refreshed.remote.cardDigest);
  expect((await sendNew("old", "still here")).status.state).toBe("TASK_STATE_COMPLETED");
  old.describe({ skills, version: "2.0.1" });
  const changed = await post("/v1/agents/old/accept-card", { digest: newDigest });
  expect(changed).toMatchObject({ status: 409, json: { reason: "STORE_CONFLICT" } });
  const accepted = await post("/v1/agents/old/accept-card", {});
  expect(accepted).toMatchObject({
    status: 200,
    json: { state: "remote", version: "2.0.1", skills: [{ id: "storm" }] },
  });
  old.describe({ skills, version: "2.0.1", url: "http://127.0.0.2:1/rpc" });
  const moved = await post("/v1/agents/old/refresh", {});
  expect(moved.json.remote.drift.interface).toMatchObject({ to: "JSONRPC 0.3 http://127.0.0.2:1/rpc" });
  const refused = await post("/v1/agents/old/accept-card", {});
  expect(refused.json, "a credential does not move to another address").toMatchObject({ reason: "CONFIG_INVALID" });
});

test("a remote agent that went away is noted, and a call to it says so", async () => {
  plain.kill("SIGTERM");
  await once(plain, "exit");
  const { status, json } = await post("/v1/agents/plain-a2a-server/refresh", {});
  expect([status, json.remote.problem]).toEqual([200, expect.stringContaining("cannot be fetched")]);
  const task = await sendNew("plain-a2a-server", "berth");
  expect(task.status).toMatchObject({
    state: "TASK_STATE_FAILED",
    message: { metadata: { reason: "AGENT_UNRESPONSIVE" } },
  });
  expect((await platform.fetch("/v1/agents/plain-a2a-server", { method: "DELETE" })).status).toBe(204);
});
