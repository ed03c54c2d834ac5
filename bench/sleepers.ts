// What agents cost that are registered and sleep: memory of the platform for each, after every one was listed and its card
// read; and the latency of calls to another agent, against a platform without them. Rounds alternate; read the ratios.
//
//   node bench/sleepers.ts --sleepers 10000 --rounds 20
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { Client } from "undici";
import { startPlatform } from "./platform.ts";
import type { BenchPlatform } from "./platform.ts";
import { median, percentile, table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    sleepers: { type: "string", default: "10000" },
    rounds: { type: "string", default: "20" },
    json: { type: "boolean", default: false },
  },
});
const sleepers = Number(values.sleepers);
const rounds = Number(values.rounds);
const CALLS_PER_ROUND = 50;
/** Before the first look: code and buffers of the first use are not counted. */
const WARM_UP = 200;
const COMMAND = ["--expose-gc", fileURLToPath(new URL("sleeping-platform.ts", import.meta.url))];
const ECHO = fileURLToPath(new URL("../examples/echo", import.meta.url));

interface Memory {
  readonly rss: number;
  readonly heap: number;
}

async function beside({ home }: BenchPlatform, path: string): Promise<Memory> {
  const client = new Client("http://localhost", {
    socketPath: join(home, "beside.sock"),
    headersTimeout: 600_000,
    bodyTimeout: 600_000,
  });
  const { statusCode, body } = await client.request({ method: "GET", path });
  const text = await body.text();
  await client.destroy();
  if (statusCode !== 200) throw new Error(text);
  // As sleeping-platform.ts answers.
  return JSON.parse(text) as Memory;
}

async function callMs(client: Client, { token }: BenchPlatform): Promise<number> {
  const started = performance.now();
  const { statusCode, body } = await client.request({
    method: "POST",
    path: "/agents/echo/message:send",
    headers: { "content-type": "application/json", "a2a-version": "1.0", authorization: `Bearer ${token}` },
    body: JSON.stringify({ message: { messageId: randomUUID(), role: "ROLE_USER", parts: [{ text: "hello" }] } }),
  });
  const text = await body.text();
  if (statusCode !== 200 || !text.includes("TASK_STATE_COMPLETED")) throw new Error(`HTTP ${statusCode}: ${text}`);
  return performance.now() - started;
}

async function calls(client: Client, platform: BenchPlatform, count: number): Promise<readonly number[]> {
  const all: number[] = [];
  for (let i = 0; i < count; i++) all.push(await callMs(client, platform));
  return all;
}

/** As a registry's visitors would: all pages, and each card. */
async function readAll(platform: BenchPlatform): Promise<number> {
  let [pageToken, count] = ["", 0];
  do {
    // As docs/reference/api.md has it.
    const page = (await platform.get(`/v1/agents?pageSize=100&pageToken=${encodeURIComponent(pageToken)}`)) as {
      readonly agents: readonly { readonly name: string; readonly state: string }[];
      readonly nextPageToken: string;
    };
    for (const { name, state } of page.agents) {
      if (name !== "echo" && state !== "sleeping") throw new Error(`${name} is ${state}: a read woke it`);
      await platform.get(`/agents/${name}/.well-known/agent-card.json`);
    }
    count += page.agents.length;
    pageToken = page.nextPageToken;
  } while (pageToken !== "");
  return count;
}

await using bare = await startPlatform(COMMAND);
await using full = await startPlatform(COMMAND);
const clients = [new Client(bare.url), new Client(full.url)] as const;
for (const [index, platform] of [bare, full].entries()) {
  await platform.deploy(ECHO);
  await calls(clients[index === 0 ? 0 : 1], platform, WARM_UP);
  await readAll(platform);
}
const before = await beside(full, "/memory");
await beside(full, `/register?agent=echo&count=${sleepers}`);
const seen = await readAll(full);
if (seen !== sleepers + 1) throw new Error(`${seen} agents are listed, not ${sleepers + 1}`);
const after = await beside(full, "/memory");
const without: number[] = [];
const having: number[] = [];
for (let round = 0; round < rounds; round++) {
  const inTurn = [
    async () => void without.push(...(await calls(clients[0], bare, CALLS_PER_ROUND))),
    async () => void having.push(...(await calls(clients[1], full, CALLS_PER_ROUND))),
  ];
  for (const run of round % 2 === 0 ? inTurn : inTurn.toReversed()) await run();
}
for (const client of clients) await client.destroy();
const perAgent = (key: keyof Memory): number => Number(((after[key] - before[key]) / sleepers / 1_024).toFixed(2));
const result = {
  heapKbPerAgent: perAgent("heap"),
  rssKbPerAgent: perAgent("rss"),
  withoutP50Ms: Number(median(without).toFixed(2)),
  withP50Ms: Number(median(having).toFixed(2)),
  withoutP95Ms: Number(percentile(without, 0.95).toFixed(2)),
  withP95Ms: Number(percentile(having, 0.95).toFixed(2)),
  ratio: Number((median(having) / median(without)).toFixed(3)),
};
if (!values.json) process.stdout.write(`${table([result])}\n`);
process.stdout.write(`${JSON.stringify({ bench: "sleepers", sleepers, rounds, ...result })}\n`);
