import { readFileSync } from "node:fs";
import { setTimeout as passed } from "node:timers/promises";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { DevProcess } from "./attached/dev-process.ts";
import { geminiModel, installGemini } from "./attached/gemini.ts";
import { writeToolbox } from "./attached/toolbox.ts";
import { openAiAnswer } from "./models/answers.ts";
import { ProviderServer } from "./models/provider-server.ts";

/** Other people's agents are fetched from npm in the long run only. */
const THIRD_PARTIES = process.env["TEST_LONG"] === "1" ? ["gemini-cli-a2a-server 0.25.2"] : [];
/** Proxies that let go of the connection have lost the question after 4 s. */
const HESITATION_MS = 11_000;

const folder = temporaryFolder();
let platform: PlatformProcess;
let model: ProviderServer;
let dev: DevProcess;
let caller = "";
let approver = "";

// Answers are asserted field by field.
// oxlint-disable-next-line typescript/no-explicit-any
type Json = any;

async function send(method: string, path: string, body: unknown, token = platform.token): Promise<Json> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${token}`, prefer: "respond-async" };
  const answer = await platform.fetch(path, { method, headers, body: JSON.stringify(body) });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

const get = async (path: string): Promise<Json> => await (await platform.fetch(path)).json();
const start = async (skill: string, agent = "toolbox"): Promise<string> =>
  (await send("POST", `/agents/${agent}/invoke/${skill}`, {}, caller)).taskId;
const taskOf = async (id: string): Promise<Json> => (await get(`/v1/tasks/${id}`)).task;

async function reached(id: string, state: string): Promise<Json> {
  return await waitFor(`${state} of ${id}`, async () => {
    const task = await taskOf(id);
    if (task.status.state !== state && /COMPLETED|FAILED/.test(task.status.state)) {
      throw new Error(`${id} ended otherwise: ${JSON.stringify(task.status)}\n${platform.log.slice(-2_000)}`);
    }
    return task.status.state === state && task;
  });
}

const outputOf = (task: Json): Json => task.artifacts.at(-1).parts[0].data;

async function say(agent: string, parts: readonly object[], taskId?: string): Promise<Json> {
  const message = { messageId: `m-${taskId}-${Date.now()}`, role: "ROLE_USER", parts };
  const params = { message: taskId === undefined ? message : { ...message, taskId } };
  const answer = await platform.fetch(`/agents/${agent}/`, {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0", authorization: `Bearer ${caller}` },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "SendMessage", params }),
  });
  const { result }: Json = await answer.json();
  return result?.task;
}

beforeAll(async () => {
  model = await ProviderServer.open(openAiAnswer(undefined));
  platform = await PlatformProcess.start({
    home: `${folder.path}/home`,
    env: { BERTH_OUTBOUND_ALLOW: "127.0.0.1:*" },
  });
  const provider = { kind: "openai", baseUrl: `${model.origin}/v1`, models: [{ name: "small" }] };
  await send("PUT", "/v1/models/providers/fake", provider);
  caller = (await send("POST", "/v1/keys", { name: "caller", scopes: ["invoke", "read"] })).key;
  approver = (await send("POST", "/v1/keys", { name: "approver", scopes: ["approve", "read"] })).key;
  await platform.fetch("/v1/workspace/files/private/payroll.csv", { method: "PUT", body: "a,1" });
  const from = writeToolbox(folder.path, "first");
  dev = await DevProcess.attached({
    folder: from,
    url: platform.url,
    token: platform.token,
    args: ["--grace", "1"],
  });
});

afterAll(async () => {
  await dev.stop();
  await platform.stop();
  await model[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

/** A run that uses everything, approved by somebody else, and what its log says of it. */
async function useEverything(agent: string): Promise<{ readonly output: Json; readonly events: readonly string[] }> {
  const taskId = await start("everything", agent);
  await reached(taskId, "TASK_STATE_AUTH_REQUIRED");
  const { approvals } = await get("/v1/approvals?state=pending");
  const [approval] = approvals.filter((each: Json) => each.taskId === taskId);
  await send("POST", `/v1/approvals/${approval.id}/decision`, { decision: "approve" }, approver);
  const task = await reached(taskId, "TASK_STATE_COMPLETED");
  const { events } = await get(`/v1/tasks/${taskId}/events?limit=500`);
  // What the agent's stream and the services write beside each other has no order.
  const compared = new Set(["run", "step", "memory", "model", "file", "scope_request"]);
  const told = events.flatMap(({ body }: Json) => {
    if (!compared.has(body.kind)) return [];
    return [[body.kind, body.op, body.phase, body.key, body.outcome].filter((each) => each !== undefined).join(" ")];
  });
  return { output: outputOf(task), events: told };
}

test("steps, memory, a model and an approved scope work on a laptop as they do in a sandbox", async () => {
  const attached = await useEverything("toolbox");
  expect(attached.output).toEqual({
    order: 1,
    // The step was not taken again when the run went on.
    orders: 1,
    found: ["refunds are paid by Ada"],
    said: "you said hello",
    text: "a,1",
  });
  await deployFolder(platform, `${folder.path}/toolbox`, { name: "deployed" });
  const deployed = await useEverything("deployed");
  expect(attached.events).toEqual(deployed.events);
  expect(attached.events).toEqual(expect.arrayContaining(["memory save ok", "model chat ok", "file read ok"]));
});

test("a save while tasks run: short ones end in the old code, durable ones go on in the new, the rest is told why it ended", async () => {
  const [asked, forgotten, waiting, hanging, enduring] = await Promise.all(
    ["name", "forget", "wait", "hang", "endure"].map(async (skill) => await start(skill)),
  );
  await reached(asked ?? "", "TASK_STATE_INPUT_REQUIRED");
  await reached(forgotten ?? "", "TASK_STATE_INPUT_REQUIRED");
  for (const id of [waiting, hanging, enduring]) await reached(id ?? "", "TASK_STATE_WORKING");
  await waitFor("the step", async () =>
    JSON.stringify(await get(`/v1/tasks/${enduring}/events`)).includes("step:first"),
  );

  writeToolbox(folder.path, "second");
  expect((await dev.saw("reloading"))["calls"]).toBeGreaterThanOrEqual(3);
  // The reload waits for calls, and this one ends in time.
  await platform.fetch("/v1/workspace/files/notes/go", { method: "PUT", body: "" });
  expect(outputOf(await reached(waiting ?? "", "TASK_STATE_COMPLETED"))).toEqual({ version: "first" });
  await dev.saw("started", 2);
  const { message } = (await reached(hanging ?? "", "TASK_STATE_FAILED")).status;
  expect(message.metadata.reason).toBe("AGENT_CRASHED");
  expect(message.parts[0].text).toContain("agent.ts was saved, and the agent was loaded again");
  expect(outputOf(await reached(enduring ?? "", "TASK_STATE_COMPLETED"))).toEqual({ first: "first", last: "second" });

  await say("toolbox", [{ text: "Ada" }], asked);
  expect(outputOf(await reached(asked ?? "", "TASK_STATE_COMPLETED"))).toEqual({
    before: "second",
    name: "Ada",
    after: "second",
  });
  await say("toolbox", [{ text: "Ada" }], forgotten);
  const lost = (await reached(forgotten ?? "", "TASK_STATE_FAILED")).status.message;
  expect([lost.metadata.reason, lost.parts[0].text]).toEqual(["AGENT_ERROR", expect.stringContaining("is gone")]);
});

test.each(THIRD_PARTIES)("%s is attached as it is, and its question keeps until a person has answered", async () => {
  let file = "";
  await using gemini = await ProviderServer.open(geminiModel(() => file));
  const { folder: from, command, workspace } = await installGemini(folder.path, gemini.origin);
  file = `${workspace}/note.txt`;
  await using attached = await DevProcess.attached({
    folder: from,
    url: platform.url,
    token: platform.token,
    args: ["--name", "gemini", "--exec", command],
  });
  const hello = await say("gemini", [{ text: "hi" }]);
  expect(hello.history.at(-1).parts[0].text).toBe("Hello from the model.");

  const asking = await say("gemini", [{ text: "write it" }]);
  const question = asking.history.at(-1).parts[0].data;
  expect([asking.status.state, question.status]).toEqual(["TASK_STATE_INPUT_REQUIRED", "awaiting_approval"]);
  await passed(HESITATION_MS);
  const approval = { callId: question.request.callId, outcome: "proceed_once" };
  await say("gemini", [{ data: approval }], asking.id);
  // It asks for more before it has done what it was allowed to do.
  await waitFor("its answer", async () => JSON.stringify(await taskOf(asking.id)).includes("It is written."));
  expect(readFileSync(file, "utf8")).toBe("hello");

  const { link } = await attached.saw("attached");
  const { logs } = await waitFor("its lines", async () => {
    const found = await get(`/v1/logs?q=${encodeURIComponent('agent:gemini "Agent Server started"')}`);
    return found.logs?.length > 0 && found;
  });
  expect(logs[0]).toMatchObject({ source: "stdout", instanceId: link });
  const { spans } = await get(`/v1/tasks/${asking.id}/telemetry`);
  expect(spans.map(({ name }: Json) => name)).toEqual(
    expect.arrayContaining(["invoke_agent gemini", "SendStreamingMessage gemini"]),
  );
});
