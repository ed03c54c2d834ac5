// The first call to a sleeping agent through the platform, in a jail made for it (cold) and in one that waited (pool),
// against starting the same built agent with bare Node and calling it; and the same of a WebAssembly agent against an
// instance of its module made and called in this process. Rounds alternate; read the ratios.
//
//   node bench/wake.ts --rounds 10
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { cp, mkdtemp, readFile, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { releasesFolder } from "@berth/runtime";
import { Client } from "undici";
import { startPlatform } from "./platform.ts";
import type { BenchPlatform } from "./platform.ts";
import { writeSmallAgent } from "./small-agent.ts";
import { median, percentile, table } from "./statistics.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "10" }, json: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);
const SLEEP_TIMEOUT_MS = 60_000;
const EXAMPLES = new URL("../examples/", import.meta.url);

/** An example under another name, but asleep again a second after each call. It stays in the workspace, where its SDK is found. */
async function sleepy(example: string, name: string, more: object = {}): Promise<string> {
  const folder = await mkdtemp(join(fileURLToPath(EXAMPLES), ".bench-"));
  await cp(fileURLToPath(new URL(example, EXAMPLES)), folder, { recursive: true });
  const path = join(folder, "berth.json");
  const config: unknown = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...Object(config), ...more, name, scale: { idleSeconds: 1 } }));
  return folder;
}

async function asleep(platform: BenchPlatform, agent: string): Promise<void> {
  const end = Date.now() + SLEEP_TIMEOUT_MS;
  while (Date.now() < end) {
    // As docs/reference/api.md has it.
    const { state } = (await platform.get(`/v1/agents/${agent}`)) as { state: string };
    if (state === "sleeping") return;
    await delay(50);
  }
  throw new Error("the agent does not fall asleep");
}

async function send(client: Client, path: string, headers: { readonly [name: string]: string } = {}): Promise<void> {
  const { statusCode, body } = await client.request({
    method: "POST",
    path,
    headers: { "content-type": "application/json", "a2a-version": "1.0", ...headers },
    body: JSON.stringify({ message: { messageId: randomUUID(), role: "ROLE_USER", parts: [{ text: "wake" }] } }),
  });
  const text = await body.text();
  if (statusCode !== 200 || !text.includes("TASK_STATE_COMPLETED")) throw new Error(`HTTP ${statusCode}: ${text}`);
}

async function wakeMs(platform: BenchPlatform, client: Client, agent: string): Promise<number> {
  await asleep(platform, agent);
  const started = performance.now();
  await send(client, `/agents/${agent}/message:send`, { authorization: `Bearer ${platform.token}` });
  return performance.now() - started;
}

/** The process of WebAssembly agents lies there too, under a name with a dot. */
async function releasesOn({ home }: BenchPlatform): Promise<readonly string[]> {
  const names = await readdir(releasesFolder(home)).catch(() => []);
  return names.filter((name) => !name.startsWith("."));
}

async function bareMs(entry: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), "berth-wake-"));
  const socketPath = join(folder, "agent.sock");
  const started = performance.now();
  const child = spawn(process.execPath, [entry], {
    env: { ...process.env, BERTH_LISTEN: socketPath },
    stdio: "ignore",
  });
  const exited = once(child, "exit");
  const client = new Client("http://localhost", { socketPath });
  try {
    for (;;) {
      try {
        await send(client, "/message:send");
        return performance.now() - started;
      } catch (error) {
        if (child.exitCode !== null || performance.now() - started > SLEEP_TIMEOUT_MS) throw error;
        await delay(1);
      }
    }
  } finally {
    await client.destroy();
    child.kill("SIGKILL");
    await exited;
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the runtime does at least: an instance of the compiled module, told the same message. */
function bareModuleMs(module: WebAssembly.Module): number {
  const started = performance.now();
  const { exports } = new WebAssembly.Instance(module, { agent: { host_call: () => 0n } });
  const input = new TextEncoder().encode(JSON.stringify({ text: "wake" }));
  // The exports of "agent v1".
  const memory = exports["memory"] as WebAssembly.Memory;
  const pointer = (exports["agent_alloc"] as (length: number) => number)(input.length);
  new Uint8Array(memory.buffer, pointer, input.length).set(input);
  (exports["agent_handle"] as (pointer: number, length: number) => bigint)(pointer, input.length);
  return performance.now() - started;
}

interface Subject {
  readonly name: string;
  readonly measure: () => Promise<number>;
  readonly times: number[];
}

/** A platform with the agents deployed; every wake of `agent` is a call through it. */
async function subjectOn(platform: BenchPlatform, client: Client, agent: string, name: string): Promise<Subject> {
  const measure = async (): Promise<number> => await wakeMs(platform, client, agent);
  await measure();
  return { name, measure, times: [] };
}

await using cold = await startPlatform(undefined, { BERTH_WARM_JAILS: "0" });
await using pooled = await startPlatform(undefined, { BERTH_WARM_JAILS: "1" });
const small = await writeSmallAgent("sleepy-small");
const folder = await sleepy("echo", "sleepy");
const moduleFolder = await sleepy("wasm-text", "sleepy-wasm");
const clients = [new Client(cold.url), new Client(pooled.url)] as const;
try {
  const [coldClient, pooledClient] = clients;
  const subjects: Subject[] = [];
  for (const [deployed, agent] of [
    [small, "sleepy-small"],
    [folder, "sleepy"],
  ] as const) {
    const before = new Set(await releasesOn(cold));
    await cold.deploy(deployed);
    await pooled.deploy(deployed);
    const release = (await releasesOn(cold)).find((name) => !before.has(name));
    if (release === undefined) throw new Error("the platform built no release");
    const entry = join(releasesFolder(cold.home), release, "agent.mjs");
    await bareMs(entry);
    subjects.push(
      await subjectOn(cold, coldClient, agent, `${agent} cold`),
      await subjectOn(pooled, pooledClient, agent, `${agent} pool`),
      { name: `${agent} bare`, measure: async () => await bareMs(entry), times: [] },
    );
  }
  await cold.deploy(moduleFolder);
  const module = await WebAssembly.compile(await readFile(join(moduleFolder, "agent.wasm")));
  bareModuleMs(module);
  subjects.push(await subjectOn(cold, coldClient, "sleepy-wasm", "wasm"), {
    name: "bare module",
    measure: () => Promise.resolve(bareModuleMs(module)),
    times: [],
  });
  for (let round = 0; round < rounds; round++) {
    for (const { measure, times } of subjects) times.push(await measure());
  }
  const p50 = (name: string): number => median(subjects.find((subject) => subject.name === name)?.times ?? []);
  const rows = subjects.map(({ name, times }) => ({
    what: name,
    p50Ms: Number(median(times).toFixed(2)),
    p95Ms: Number(percentile(times, 0.95).toFixed(2)),
    // A module has no start of its own that costs anything: it is held against the start of the small agent.
    ofBareSpawn: Number(
      (median(times) / p50(name.startsWith("sleepy ") ? "sleepy bare" : "sleepy-small bare")).toFixed(3),
    ),
  }));
  if (!values.json) process.stdout.write(`${table(rows)}\n`);
  process.stdout.write(`${JSON.stringify({ bench: "wake", rounds, rows })}\n`);
} finally {
  for (const client of clients) await client.destroy();
  for (const each of [small, folder, moduleFolder]) await rm(each, { recursive: true, force: true });
}
