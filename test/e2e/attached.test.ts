import { readFileSync, writeFileSync } from "node:fs";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { parseTrustPolicy, verifyBundle } from "@berth/ledger";
import type { JsonObject } from "@berth/protocol";
import { skillMessage } from "@berth/sdk/client";
import { PlatformProcess, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { copyEcho, writeGreeter, writePlainServer } from "./attached/agent-folder.ts";
import { Cable } from "./attached/cable.ts";
import { DevProcess } from "./attached/dev-process.ts";

const folder = temporaryFolder();
let platform: PlatformProcess;
let echo: DevProcess;

beforeAll(async () => {
  platform = await PlatformProcess.start({ home: `${folder.path}/home` });
  echo = await attach(copyEcho(folder.path));
});

afterAll(async () => {
  await echo.stop();
  await platform.stop();
  folder[Symbol.dispose]();
});

// Answers are asserted field by field.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

async function attach(from: string, args: readonly string[] = [], url = platform.url): Promise<DevProcess> {
  return await DevProcess.attached({ folder: from, url, token: platform.token, args });
}

let sent = 0;

async function rpc(agent: string, method: string, params: object, on = platform): Promise<Json> {
  sent += 1;
  const response = await on.fetch(`/agents/${agent}/`, {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({ jsonrpc: "2.0", id: sent, method, params }),
  });
  return await response.json();
}

function message(skill: string, input: JsonObject = {}): object {
  return { message: skillMessage(skill, input) };
}

async function start(agent: string, skill: string, input: JsonObject = {}): Promise<string> {
  const { result } = await rpc(agent, "SendMessage", {
    ...message(skill, input),
    configuration: { returnImmediately: true },
  });
  return result.task.id;
}

async function invoke(agent: string, skill: string, input: object = {}, on = platform): Promise<Json> {
  const response = await on.fetch(`/agents/${agent}/invoke/${skill}`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(input),
  });
  return { status: response.status, ...((await response.json()) as object) };
}

async function get(path: string, on = platform): Promise<Json> {
  return await (await on.fetch(path)).json();
}

async function stateOf(agent: string, id: string): Promise<Json> {
  const { result } = await rpc(agent, "GetTask", { id });
  return result.status;
}

async function exchangesOf(id: string, on: PlatformProcess): Promise<readonly Json[]> {
  const { spans } = await get(`/v1/tasks/${id}/telemetry`, on);
  return spans.filter(({ name }: Json) => name.startsWith("SendStreamingMessage"));
}

test("an agent on this machine answers over A2A, MCP and REST, and its receipt verifies and names its release", async () => {
  const { release } = await echo.saw("attached");
  const a2a = await rpc("echo", "SendMessage", message("echo", { text: "over A2A" }));
  expect(a2a.result.task.artifacts[0].parts[0].data).toEqual({ text: "over A2A" });
  const client = new Client({ name: "test", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(`${platform.url}/agents/echo/mcp`)));
  const tool: Json = await client.callTool({ name: "echo", arguments: { text: "over MCP" } });
  expect(tool.structuredContent).toEqual({ text: "over MCP" });
  await client.close();
  const rest = await invoke("echo", "echo", { text: "over REST" });
  expect(rest.output).toEqual({ text: "over REST" });
  const { receiptId, statement }: Json = await waitFor("the receipt", async () => {
    const answer = await platform.fetch(`/agents/echo/runs/${rest.taskId}/receipt`);
    return answer.status === 200 ? await answer.json() : undefined;
  });
  expect(JSON.stringify(statement)).toContain(release);
  const bundle = await (await platform.fetch(`/v1/receipts/${receiptId}/bundle`)).text();
  const trust = parseTrustPolicy(await (await platform.fetch("/ledger/keys")).text());
  const verified = await verifyBundle(bundle, { trust });
  expect(verified.statement.predicate.run.id).toBe(rest.taskId);
});

test("who is attached is seen, and its lines are in its log", async () => {
  const agent = await get("/v1/agents/echo");
  expect(agent).toMatchObject({ kind: "attached", state: "attached", trusted: true });
  expect(agent.attached.machine).not.toBe("");
  const anonymous: Json = await (await fetch(`${platform.url}/v1/agents/echo`)).json();
  expect(anonymous.attached).toBeUndefined();
  const lines = await waitFor("the line", async () => {
    const { lines: all } = await get("/v1/agents/echo/logs");
    return all.length > 0 && all;
  });
  expect(lines[0].text).toContain("listening");
  const { link } = await echo.saw("attached");
  expect(lines[0].instanceId).toBe(link);
  const { logs } = await waitFor("the same in the telemetry", async () => {
    const found = await get(`/v1/logs?q=${encodeURIComponent("agent:echo source:stdout")}`);
    return found.logs?.length > 0 && found;
  });
  expect(logs[0]).toMatchObject({ agent: "echo", source: "stdout", instanceId: link });
});

test("a stream arrives piece by piece, and a large answer whole", async () => {
  const response = await platform.fetch("/agents/echo/", {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: 1,
      method: "SendStreamingMessage",
      params: message("stream", { count: 5 }),
    }),
  });
  const text = await response.text();
  for (let chunk = 1; chunk <= 5; chunk++) expect(text).toContain(`chunk ${chunk}\\n`);
  expect((await invoke("echo", "big", { bytes: 3_000_000 })).output).toEqual({ bytes: 3_000_000 });
});

test("a cancel reaches the machine", async () => {
  const id = await start("echo", "hang");
  await waitFor("the run", async () => (await stateOf("echo", id)).state === "TASK_STATE_WORKING");
  const { result } = await rpc("echo", "CancelTask", { id });
  expect(result.status.state).toBe("TASK_STATE_CANCELED");
  await waitFor("the cancel at the agent", () => echo.events.some(({ rpc: name }) => name === "CancelTask"));
});

test("a question waits for its answer", async () => {
  const { result } = await rpc("echo", "SendMessage", message("ask"));
  expect(result.task.status.state).toBe("TASK_STATE_INPUT_REQUIRED");
  const answer = {
    message: { messageId: "attached-ada", role: "ROLE_USER", taskId: result.task.id, parts: [{ text: "Ada" }] },
  };
  const answered = await rpc("echo", "SendMessage", answer);
  expect(answered.result.task.artifacts[0].parts[0].data).toEqual({ answer: "Ada" });
});

test("a save changes what the agent says, what it can, and what it uses of the platform", async () => {
  using own = temporaryFolder();
  const greeter = writeGreeter(own.path, "good morning");
  await using dev = await attach(greeter);
  expect((await invoke("greeter", "greet")).output).toEqual({ text: "good morning" });
  await platform.fetch("/v1/workspace/files/notes/a.txt", { method: "PUT", body: "for the laptop" });
  const noted = await invoke("greeter", "note");
  expect(noted.output, JSON.stringify(noted)).toMatchObject({
    text: "for the laptop",
    answer: { text: "for the laptop" },
    token: null,
  });
  const { release, link } = await dev.saw("attached");
  expect((await invoke("greeter", "telemetry")).output).toEqual({ status: 200 });
  const { logs } = await waitFor("what the agent sent over OTLP", async () => {
    const found = await get(`/v1/logs?q=${encodeURIComponent('agent:greeter "over OTLP"')}`);
    return found.logs?.length > 0 && found;
  });
  expect(logs[0]).toMatchObject({ agent: "greeter", source: "agent", instanceId: link });

  writeGreeter(own.path, "good evening");
  await dev.saw("started", 2);
  expect((await invoke("greeter", "greet")).output).toEqual({ text: "good evening" });

  writeGreeter(own.path, "good night", `bye: skill({ description: "Leaves.", async run() {} }),`);
  const updated = await waitFor("another release", () =>
    dev.events.findLast((each) => each["event"] === "updated" && each["release"] !== release),
  );
  const agent = await get("/v1/agents/greeter");
  expect(agent.release).toBe(updated["release"]);
  expect(agent.skills.map(({ id }: { id: string }) => id)).toContain("bye");

  const source = readFileSync(`${greeter}/agent.ts`, "utf8");
  writeFileSync(`${greeter}/agent.ts`, "this is no program");
  await waitFor("the failure", () => dev.events.findLast(({ event }) => event === "stopped"));
  const failed = await invoke("greeter", "greet");
  expect([failed.state, failed.message.parts[0].text]).toEqual([
    "TASK_STATE_FAILED",
    expect.stringContaining("at the next save"),
  ]);
  writeFileSync(`${greeter}/agent.ts`, source);
  await dev.saw("started", 4);
  expect((await invoke("greeter", "greet")).output).toEqual({ text: "good night" });
});

test("any A2A server is attached, started by its entry or by a command, at PORT or where it likes", async () => {
  using own = temporaryFolder();
  const plain = writePlainServer(own.path);
  await using dev = await attach(plain);
  const say = { message: { messageId: "plain-1", role: "ROLE_USER", parts: [{ text: "say it" }] } };
  const answer = await rpc("plain", "SendMessage", say);
  expect(JSON.stringify(answer.result)).toContain("plain answer");
  expect(await dev.stop()).toBe(0);
  const command = `${process.execPath} ${copyEcho(own.path)}/src/agent.ts`;
  await using other = await attach(plain, ["--name", "by-command", "--exec", command]);
  expect((await other.saw("started"))["entry"]).toBe(command);
  expect((await invoke("by-command", "echo", { text: "hi" })).output).toEqual({ text: "hi" });
});

test("a call goes on where the link broke when the machine is back in time", async () => {
  using own = temporaryFolder();
  await using cable = await Cable.to(platform.url);
  await using dev = await attach(copyEcho(own.path), ["--name", "cabled"], cable.url);
  const id = await start("cabled", "slow", { ms: 3_000, steps: 30 });
  await waitFor("the first steps", async () => (await stateOf("cabled", id)).state === "TASK_STATE_WORKING");
  const { release } = await get("/v1/agents/cabled");
  cable.pull();
  await dev.saw("disconnected");
  await waitFor("its absence", async () => (await get("/v1/agents/cabled")).state === "detached");
  cable.plug();
  await dev.saw("attached", 2);
  const ended = await waitFor("the end", async () => {
    const status = await stateOf("cabled", id);
    return status.state !== "TASK_STATE_WORKING" && status;
  });
  expect(ended.state).toBe("TASK_STATE_COMPLETED");
  expect((await get("/v1/agents/cabled")).release).toBe(release);
});

test("a second machine is refused, unless it takes over; the first is told and ends", async () => {
  using own = temporaryFolder();
  const from = copyEcho(own.path);
  const first = await attach(from, ["--name", "shared"]);
  const refused = DevProcess.start({
    folder: from,
    url: platform.url,
    token: platform.token,
    args: ["--name", "shared"],
  });
  expect(await refused.exited()).toBe(1);
  expect(refused.errors).toContain("--take-over");
  const id = await start("shared", "hang");
  await waitFor("the run", async () => (await stateOf("shared", id)).state === "TASK_STATE_WORKING");
  await using second = await attach(from, ["--name", "shared", "--take-over"]);
  expect(await first.exited()).toBe(1);
  expect(first.errors).toContain("taken its place");
  expect((await invoke("shared", "echo", { text: "still here" })).output).toEqual({ text: "still here" });
  const ended = await waitFor("the end of the call that the first had", async () => {
    const status = await stateOf("shared", id);
    return status.state !== "TASK_STATE_WORKING" && status;
  });
  expect([ended.state, ended.message.metadata.reason]).toEqual(["TASK_STATE_FAILED", "AGENT_UNREACHABLE"]);
  expect(second.events.filter(({ event }) => event === "call")).toHaveLength(1);
});

test("a link that speaks nonsense is closed with the reason, and nobody else's", async () => {
  const secret = `berth.bearer.${Buffer.from(platform.token).toString("base64url")}`;
  const url = `${platform.url.replace("http", "ws")}/v1/attach`;
  const nonsense = [
    "{",
    "[]",
    JSON.stringify({ type: "window", id: 1, bytes: 1 }),
    new Uint8Array(3),
    "x".repeat(3_000_000),
  ];
  for (const frame of nonsense) {
    const socket = new WebSocket(url, ["berth.attach.v1", secret]);
    const closed = Promise.withResolvers<CloseEvent>();
    socket.addEventListener("close", closed.resolve);
    socket.addEventListener("open", () => socket.send(frame));
    expect([1008, 1009]).toContain((await closed.promise).code);
  }
  expect((await invoke("echo", "echo", { text: "still here" })).output).toEqual({ text: "still here" });
});

test("Ctrl-C detaches: calls fail at once, and the name is free for the next", async () => {
  using own = temporaryFolder();
  const from = copyEcho(own.path);
  const dev = await attach(from, ["--name", "leaving"]);
  expect(await dev.stop()).toBe(0);
  expect(dev.events.at(-1)).toMatchObject({ event: "detached", agent: "leaving" });
  expect((await invoke("leaving", "echo", { text: "x" })).reason).toBe("AGENT_UNREACHABLE");
  await using again = await attach(from, ["--name", "leaving"]);
  expect((await again.saw("attached"))["agent"]).toBe("leaving");
});

// Both wait for the platform to give a machine up.
test.concurrent("a call whose machine does not come back ends, and calls after it are refused at once", async () => {
  using own = temporaryFolder();
  const dev = await attach(copyEcho(own.path), ["--name", "killed"]);
  const id = await start("killed", "hang");
  await waitFor("the run", async () => (await stateOf("killed", id)).state === "TASK_STATE_WORKING");
  await dev.kill();
  const ended = await waitFor(
    "the end",
    async () => {
      const status = await stateOf("killed", id);
      return status.state !== "TASK_STATE_WORKING" && status;
    },
    20_000,
  );
  expect([ended.state, ended.message.metadata.reason]).toEqual(["TASK_STATE_FAILED", "AGENT_UNREACHABLE"]);
  const refused = await invoke("killed", "echo", { text: "x" });
  expect(refused).toMatchObject({ status: 503, reason: "AGENT_UNREACHABLE" });
  expect(refused.hint).toContain("a2a dev");
  expect((await get("/v1/agents/killed")).state).toBe("detached");
  expect((await platform.fetch("/agents/killed/.well-known/agent-card.json")).status).toBe(200);
});

test.concurrent("a platform that restarts is found again, and a call that ran through it is taken up", async () => {
  using own = temporaryFolder();
  const home = `${own.path}/home`;
  const first = await PlatformProcess.start({ home });
  await using dev = await DevProcess.attached({ folder: copyEcho(own.path), url: first.url, token: first.token });
  const { result } = await rpc(
    "echo",
    "SendMessage",
    { ...message("slow", { ms: 6_000, steps: 60 }), configuration: { returnImmediately: true } },
    first,
  );
  const { id } = result.task;
  await waitFor("the run", () => dev.events.length > 2 && true);
  await waitFor("its first step", async () =>
    JSON.stringify(await rpc("echo", "GetTask", { id }, first)).includes("Step"),
  );
  // A read waits until what was seen is written.
  expect((await exchangesOf(id, first)).map(({ endUs }) => endUs)).toEqual([undefined]);
  await first.kill();
  await using second = await PlatformProcess.start({ home, port: Number(new URL(first.url).port) });
  await dev.saw("attached", 2);
  const ended = await waitFor(
    "the end",
    async () => {
      const { result: task } = await rpc("echo", "GetTask", { id }, second);
      return task.status.state !== "TASK_STATE_WORKING" && task.status.state;
    },
    20_000,
  );
  expect(ended).toBe("TASK_STATE_COMPLETED");
  // What the first platform was at when it was killed is not open for ever.
  const exchanges = await waitFor("the end of its exchanges", async () => {
    const found = await exchangesOf(id, second);
    return found.every(({ endUs }) => endUs !== undefined) && found;
  });
  expect(exchanges.map(({ attributes }) => attributes["error.type"])).toEqual(["PLATFORM_RESTARTED", undefined]);
  expect((await invoke("echo", "echo", { text: "back" }, second)).output).toEqual({ text: "back" });
});
