import { cp, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { TaskState, isTerminal } from "@berth/protocol";
import type { Task, TaskEvent } from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { instancesOf, signalInstance } from "./storm/kill-instances.ts";

const PLAIN = fileURLToPath(new URL("../../examples/plain-a2a-server", import.meta.url));

const folder = temporaryFolder();
const home = join(folder.path, "home");
let platform: PlatformProcess;

beforeAll(async () => {
  platform = await PlatformProcess.start({ home });
  const plain = join(folder.path, "plain");
  await cp(PLAIN, plain, { recursive: true });
  const config = JSON.parse(await readFile(join(plain, "berth.json"), "utf8")) as object;
  const retry = { attempts: 3, backoffSeconds: 0 };
  await writeFile(join(plain, "berth.json"), JSON.stringify({ ...config, retry, scale: { max: 1 } }));
  await deployFolder(platform, plain, { name: "plain" });
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

async function send(text: string): Promise<string> {
  const response = await platform.fetch("/agents/plain/message:send", {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({
      message: { messageId: text, role: "ROLE_USER", parts: [{ text }] },
      configuration: { returnImmediately: true },
    }),
  });
  return ((await response.json()) as { task: Task }).task.id;
}

async function eventsOf(taskId: string): Promise<readonly TaskEvent[]> {
  const response = await platform.fetch(`/v1/tasks/${taskId}/events?limit=1000`);
  return ((await response.json()) as { events: TaskEvent[] }).events;
}

/** A task whose agent has its message, and does not get to it. */
async function stuck(text: string): Promise<{ readonly taskId: string; readonly stopped: readonly number[] }> {
  const ready = await send(`${text} first`);
  await ended(ready);
  const stopped = await instancesOf(platform.pid);
  for (const pid of stopped) signalInstance(pid, "SIGSTOP");
  const taskId = await send(text);
  await waitFor("the attempt", async () => (await runsOf(taskId)).length > 0);
  // The message is on its way to the instance, which holds the call.
  await waitFor("the call", async () => {
    const response = await platform.fetch("/v1/agents/plain");
    const { instances } = (await response.json()) as { instances: { activeCalls: number }[] };
    return instances.some(({ activeCalls }) => activeCalls > 0);
  });
  return { taskId, stopped };
}

async function ended(taskId: string): Promise<Task> {
  return await waitFor(
    "the end",
    async () => {
      const response = await platform.fetch(`/agents/plain/tasks/${taskId}`, { headers: { "a2a-version": "1.0" } });
      const task = (await response.json()) as Task;
      return isTerminal(task.status.state) ? task : undefined;
    },
    60_000,
  );
}

async function runsOf(taskId: string): Promise<readonly unknown[]> {
  return (await eventsOf(taskId)).flatMap(({ body }) =>
    body.kind === "run" ? [[body.phase, body.execution, body.reason]] : [],
  );
}

async function receiptOf(taskId: string): Promise<{ status: string; attempts: number; events: number }> {
  return await waitFor("the receipt", async () => {
    const response = await platform.fetch(`/agents/plain/runs/${taskId}/receipt`);
    if (response.status !== 200) return undefined;
    const { statement } = (await response.json()) as {
      statement: { predicate: { run: { status: string; attempts: number }; events: { n: number } } };
    };
    const { run, events } = statement.predicate;
    return { status: run.status, attempts: run.attempts, events: events.n };
  });
}

test("a plain A2A server that is killed with a task gets the message again, and log and receipt say so", async () => {
  const { taskId, stopped } = await stuck("berth");
  expect(stopped.map((pid) => signalInstance(pid, "SIGKILL"))).toContain(true);
  const task = await ended(taskId);
  expect(task.status.state).toBe(TaskState.Completed);
  expect(task.artifacts?.map(({ parts }) => parts.map(({ text }) => text))).toEqual([["htreb"]]);
  expect(await runsOf(taskId)).toEqual([
    ["started", 1, undefined],
    ["lost", 1, "AGENT_CRASHED"],
    ["started", 2, "AGENT_CRASHED"],
  ]);
  const receipt = await receiptOf(taskId);
  expect(receipt).toEqual({ status: "completed", attempts: 2, events: (await eventsOf(taskId)).length });
});

test("a platform that is killed with such a task sends it again when it is back", async () => {
  const { port } = new URL(platform.url);
  const { taskId } = await stuck("anchor");
  await platform.kill();
  platform = await PlatformProcess.start({ home, port: Number(port) });
  const task = await ended(taskId);
  expect(task.artifacts?.[0]?.parts[0]?.text).toBe("rohcna");
  expect(await runsOf(taskId)).toEqual([
    ["started", 1, undefined],
    ["lost", 1, "PLATFORM_RESTARTED"],
    ["started", 2, "PLATFORM_RESTARTED"],
  ]);
  expect((await receiptOf(taskId)).status).toBe("completed");
});
