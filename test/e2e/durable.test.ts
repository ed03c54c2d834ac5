import { readFile, writeFile } from "node:fs/promises";
import { setTimeout as pause } from "node:timers/promises";
import { SKILL_CALL_METADATA, TaskState, isTerminal } from "@berth/protocol";
import type { Task, TaskEvent } from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { writeMarathon } from "./durable/agent-source.ts";
import { killAnInstance } from "./storm/kill-instances.ts";

const LONG = process.env["TEST_LONG"] === "1";
const KILLS = LONG ? 100 : 8;
const STEPS = 20;
const STEP_MS = LONG ? 300 : 100;
/** Longer than what is waited for in the process: each sleep gives its instance back. */
const SLEEP_SECONDS = 2.5;
/** Between two looks at the run, at most: short enough to hit steps, instances that start, and sleeps. */
const LONGEST_LOOK_MS = 200;

const folder = temporaryFolder();
const home = `${folder.path}/home`;
let platform: PlatformProcess;
/** Sleeps for a month, through all that happens to the platform. */
let sleeper: string;

beforeAll(async () => {
  platform = await PlatformProcess.start({ home });
  await deployFolder(platform, await writeMarathon(folder.path));
  sleeper = await begin("saga", {});
  const isAsleep = async (): Promise<boolean> =>
    (await eventsOf(sleeper)).some(({ body }) => body.kind === "run" && body.phase === "suspended");
  await waitFor("the run to sleep", isAsleep, 30_000);
});

afterAll(async () => {
  await platform.stop();
  folder[Symbol.dispose]();
});

async function begin(skill: string, input: object): Promise<string> {
  const response = await platform.fetch("/agents/marathon/message:send", {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({
      message: {
        messageId: `durable-${skill}`,
        role: "ROLE_USER",
        parts: [{ data: input }],
        metadata: { [SKILL_CALL_METADATA]: { skill } },
      },
      configuration: { returnImmediately: true },
    }),
  });
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return (JSON.parse(text) as { task: Task }).task.id;
}

async function taskOf(taskId: string): Promise<Task> {
  const response = await platform.fetch(`/agents/marathon/tasks/${taskId}`, { headers: { "a2a-version": "1.0" } });
  return (await response.json()) as Task;
}

async function eventsOf(taskId: string): Promise<readonly TaskEvent[]> {
  const response = await platform.fetch(`/v1/tasks/${taskId}/events?limit=10000`);
  return ((await response.json()) as { events: TaskEvent[] }).events;
}

async function answer(taskId: string, text: string): Promise<void> {
  const message = { messageId: "durable-answer", role: "ROLE_USER", taskId, parts: [{ text }] };
  const response = await platform.fetch("/agents/marathon/message:send", {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({ message, configuration: { returnImmediately: true } }),
  });
  expect(response.status, await response.text()).toBe(200);
}

/** Kills until they are all done, spread over the steps, and answers what the run asks. Resolves with its end. */
async function killUntilOver(taskId: string): Promise<number> {
  let kills = 0;
  for (;;) {
    const [task, events] = [await taskOf(taskId), await eventsOf(taskId)];
    if (isTerminal(task.status.state)) return kills;
    if (task.status.state === TaskState.InputRequired) await answer(taskId, "Ada");
    await pause(Math.random() * LONGEST_LOOK_MS);
    // Ten instances in a row that are lost before they get on are an agent that never will: this one has to get on.
    const done = events.filter(({ body }) => body.kind === "step" && body.phase === "done").length;
    if (kills >= KILLS || kills >= (KILLS * (done + 1)) / (STEPS - 1)) continue;
    if (kills % 4 === 3) await restart();
    else if (!(await killAnInstance(platform.pid, Math.random))) continue;
    kills += 1;
  }
}

async function restart(): Promise<void> {
  const port = Number(new URL(platform.url).port);
  await platform.kill();
  platform = await PlatformProcess.start({ home, port });
}

test(
  `a run of twenty steps with sleeps and a question survives ${KILLS} kills of its instance and its platform`,
  { timeout: LONG ? 1_800_000 : 180_000 },
  async () => {
    const taskId = await begin("run", { stepMs: STEP_MS, sleepSeconds: SLEEP_SECONDS });
    const kills = await killUntilOver(taskId);
    const task = await taskOf(taskId);
    const events = await eventsOf(taskId);
    const said = JSON.stringify(events.filter(({ body }) => body.kind === "run"));
    expect(task.status.state, `${JSON.stringify(task.status)} ${said}`).toBe(TaskState.Completed);
    expect(kills, "kills before the run was over").toBe(KILLS);

    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    const artifacts = new Map(task.artifacts?.map((artifact) => [artifact.name, artifact.parts]));
    const output = artifacts.get("output")?.[0]?.data as { name: string; results: { n: number; nonce: string }[] };
    expect(output.name).toBe("Ada");
    expect(output.results.map(({ n }) => n)).toEqual(Array.from({ length: STEPS }, (_, index) => index + 1));
    expect(artifacts.get("trail")?.map(({ text }) => text)).toEqual(output.results.map(({ n }) => `${n};`));
    // The journal has each result once, and it is the one that the run went on with and that its effect has.
    const done = events.flatMap(({ body }) => (body.kind === "step" && body.phase === "done" ? [body] : []));
    expect(done.map(({ result }) => result)).toEqual(output.results);
    // A try that was lost has no effect behind the one that counts.
    for (const { n, nonce } of output.results) {
      const file = await platform.fetch(`/v1/workspace/files/outputs/${taskId}/effects/step-work-${n}.txt`);
      expect(await file.text(), `step ${n}, status ${file.status}`).toBe(nonce);
    }
    const texts = events.flatMap(({ body }) =>
      body.kind === "status" ? (body.status.message?.parts.map(({ text }) => text) ?? []) : [],
    );
    expect(texts.filter((text) => text === "What is your name?")).toHaveLength(1);
    expect(texts.filter((text) => text?.startsWith("step "))).toEqual(output.results.map(({ n }) => `step ${n}`));
    const suspended = events.filter(({ body }) => body.kind === "run" && body.phase === "suspended");
    expect(suspended.length).toBeGreaterThanOrEqual(4);
  },
);

test("a run that sleeps for a month holds no instance, survives restarts, and is undone by the release that it began on", async () => {
  await waitFor(
    "the last instance to go",
    async () => {
      const response = await platform.fetch("/v1/agents/marathon");
      return ((await response.json()) as { instances: unknown[] }).instances.length === 0;
    },
    30_000,
  );
  expect((await taskOf(sleeper)).status.state).toBe(TaskState.Working);
  const agent = `${folder.path}/marathon/agent.ts`;
  await writeFile(agent, (await readFile(agent, "utf8")).replace("undone/", "undone-anew/"));
  await deployFolder(platform, `${folder.path}/marathon`);
  const canceled = await platform.fetch(`/agents/marathon/tasks/${sleeper}:cancel`, {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: "{}",
  });
  expect(canceled.status, await canceled.clone().text()).toBe(200);
  await waitFor("the end", async () => isTerminal((await taskOf(sleeper)).status.state), 30_000);
  expect((await taskOf(sleeper)).status.state).toBe(TaskState.Canceled);
  const undone = (await eventsOf(sleeper)).flatMap(({ body }) =>
    body.kind === "step" && body.op === "compensation" && body.phase === "done" ? [body.key] : [],
  );
  expect(undone).toEqual(["compensation:step:hotel#1", "compensation:step:flight#1"]);
  const file = await platform.fetch(`/v1/workspace/files/outputs/${sleeper}/undone/flight.txt`);
  expect(await file.text()).toBe("flight booked");
});
