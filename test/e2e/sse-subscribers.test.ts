import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { SKILL_CALL_METADATA, frameOf } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import { PlatformProcess, deployFolder, temporaryFolder, waitFor } from "@berth/testing";
import { afterAll, beforeAll, expect, test } from "vitest";
import { SseReader } from "./sse-reader.ts";
import type { RawFrame } from "./sse-reader.ts";

const ECHO = fileURLToPath(new URL("../../examples/echo", import.meta.url));
const LONG = process.env["TEST_LONG"] === "1";
const SUBSCRIBERS = LONG ? 1_000 : 200;
const RECONNECTS = LONG ? 50 : 10;
const FRAMES = LONG ? 1_000 : 300;
const TIMEOUT_MS = LONG ? 600_000 : 60_000;

/** Each would be sent 10 MB, more than the buffers of a connection hold; who does not read must not cost that in memory. */
const SLOW_READERS = LONG ? 40 : 8;
const LONG_LOG = 30_000;
const MAX_GROWTH = 200 * 1024 * 1024;
/** The gateway cuts who takes nothing for 30 s. */
const CUT_TIMEOUT_MS = 90_000;
const RETURNING = 5;

const open = new AsyncDisposableStack();
let platform: PlatformProcess;

beforeAll(async () => {
  const folder = open.use(temporaryFolder());
  platform = open.use(await PlatformProcess.start({ home: `${folder.path}/home` }));
  await deployFolder(platform, ECHO, { name: "echo" });
});

afterAll(async () => {
  await open.disposeAsync();
});

test(
  `${SUBSCRIBERS} subscribers of one task who lose their connection ${RECONNECTS} times miss nothing and see nothing twice`,
  { timeout: TIMEOUT_MS },
  async () => {
    const taskId = await startStream({ count: FRAMES, delayMs: 20 });
    // Short enough that every subscriber loses each of its connections before the task is over.
    const longest = Math.floor(FRAMES / (RECONNECTS + 1));
    const bodies = new Map<number, string>();
    const seen = await Promise.all(
      Array.from({ length: SUBSCRIBERS }, async (_, subscriber) => {
        const ids: number[] = [];
        const take = ({ id, data }: RawFrame): void => {
          ids.push(id);
          const known = bodies.get(id);
          if (known === undefined) bodies.set(id, data);
          else if (known !== data) throw new Error(`event ${id} reads differently: ${known} and ${data}`);
        };
        for (let life = 0; life < RECONNECTS; life++) {
          const limit = 1 + ((subscriber * 7 + life * 13) % longest);
          const before = ids.length;
          await (await subscribe(taskId, ids.at(-1))).read(limit, take);
          if (ids.length - before !== limit) throw new Error(`subscriber ${subscriber} was cut in life ${life}`);
        }
        await (await subscribe(taskId, ids.at(-1))).read(Number.POSITIVE_INFINITY, take);
        return ids;
      }),
    );
    const visible = await visibleEvents(taskId);
    const expected = visible.map(({ seq }) => seq).join(" ");
    const wrong = seen.flatMap((ids, subscriber) => (ids.join(" ") === expected ? [] : [subscriber]));
    expect(wrong, "subscribers whose events are not those of the log").toEqual([]);
    for (const { seq, frame } of visible) expect(JSON.parse(bodies.get(seq) ?? "null")).toEqual(frame);
  },
);

test(
  "readers who take nothing are cut, cost the platform no memory, and get exactly the rest when they come back",
  { timeout: 3 * CUT_TIMEOUT_MS },
  async () => {
    const taskId = await startStream({ count: LONG_LOG, delayMs: 0 });
    await waitFor(
      "the long task",
      async () => (await taskOf(taskId)).status.state === "TASK_STATE_COMPLETED",
      CUT_TIMEOUT_MS,
    );
    // Sealing so long a log takes memory of its own, which is not the readers'.
    await waitFor(
      "its receipt",
      async () => (await platform.fetch(`/agents/echo/runs/${taskId}/receipt`)).status === 200,
      CUT_TIMEOUT_MS,
    );
    const before = await residentBytes();
    const readers = await Promise.all(Array.from({ length: SLOW_READERS }, async () => await subscribe(taskId)));
    let most = before;
    await waitFor(
      "every slow reader to be cut",
      async () => {
        most = Math.max(most, await residentBytes());
        const open = await establishedPorts();
        return readers.every(({ port }) => port === undefined || !open.has(port));
      },
      CUT_TIMEOUT_MS,
    );
    expect(most - before, "growth of the platform's memory in bytes").toBeLessThan(MAX_GROWTH);
    const visible = (await visibleEvents(taskId)).map(({ seq }) => seq);
    await Promise.all(
      readers.map(async (reader, index) => {
        const ids: number[] = [];
        const take = ({ id }: RawFrame): void => void ids.push(id);
        await reader.read(Number.POSITIVE_INFINITY, take);
        expect(ids.length, "what had left the platform before the cut").toBeLessThan(visible.length);
        if (index >= RETURNING) return;
        await (await subscribe(taskId, ids.at(-1))).read(Number.POSITIVE_INFINITY, take);
        expect(ids).toEqual(visible);
      }),
    );
  },
);

async function startStream(data: { readonly count: number; readonly delayMs: number }): Promise<string> {
  const response = await platform.fetch("/agents/echo/message:send", {
    method: "POST",
    headers: { "content-type": "application/json", "a2a-version": "1.0" },
    body: JSON.stringify({
      message: {
        messageId: `stream-${data.count}`,
        role: "ROLE_USER",
        parts: [{ data }],
        metadata: { [SKILL_CALL_METADATA]: { skill: "stream" } },
      },
      configuration: { returnImmediately: true },
    }),
  });
  expect(response.status).toBe(200);
  // The answer of A2A's SendMessage.
  return ((await response.json()) as { task: { id: string } }).task.id;
}

async function subscribe(taskId: string, after?: number): Promise<SseReader> {
  return await SseReader.open({
    url: `${platform.url}/agents/echo/sse/${taskId}`,
    headers: { authorization: `Bearer ${platform.token}` },
    ...(after === undefined ? {} : { after }),
  });
}

/** What subscribers have to see of a task, from its log. */
async function visibleEvents(taskId: string): Promise<{ seq: number; frame: unknown }[]> {
  const { contextId } = await taskOf(taskId);
  const visible: { seq: number; frame: unknown }[] = [];
  for (let after = 0; ;) {
    const response = await platform.fetch(`/v1/tasks/${taskId}/events?limit=10000&after=${after}`);
    // As docs/reference/api.md has it.
    const { events } = (await response.json()) as { events: TaskEvent[] };
    const last = events.at(-1);
    if (last === undefined) return visible;
    after = last.seq;
    for (const event of events) {
      const frame = frameOf(event, contextId);
      if (frame !== undefined) visible.push({ seq: event.seq, frame });
    }
  }
}

async function taskOf(taskId: string): Promise<{ contextId: string; status: { state: string } }> {
  const response = await platform.fetch(`/agents/echo/tasks/${taskId}?historyLength=0`, {
    headers: { "a2a-version": "1.0" },
  });
  expect(response.status).toBe(200);
  // The answer of A2A's GetTask.
  return (await response.json()) as { contextId: string; status: { state: string } };
}

async function residentBytes(): Promise<number> {
  const status = await readFile(`/proc/${platform.pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1]) * 1_024;
}

/** The ports of those whose connections the platform has not closed. */
async function establishedPorts(): Promise<ReadonlySet<number>> {
  const ours = Number(new URL(platform.url).port);
  const rows = (await readFile("/proc/net/tcp", "utf8")).trim().split("\n").slice(1);
  const ports = rows.flatMap((row) => {
    const [, local = "", remote = "", state = ""] = row.trim().split(/\s+/);
    return state === "01" && portOf(local) === ours ? [portOf(remote)] : [];
  });
  return new Set(ports);
}

function portOf(address: string): number {
  return Number.parseInt(address.slice(address.indexOf(":") + 1), 16);
}
