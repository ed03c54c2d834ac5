// The first call to a sleeping agent through the platform, against starting the same built agent with bare Node and
// calling it. Rounds alternate; read the ratio.
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
import { median, percentile, table } from "./statistics.ts";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "10" }, json: { type: "boolean", default: false } },
});
const rounds = Number(values.rounds);
const SLEEP_TIMEOUT_MS = 60_000;
const echo = fileURLToPath(new URL("../examples/echo", import.meta.url));

/** The echo example, but asleep again a second after each call. It stays in the workspace, where its SDK is found. */
async function sleepyEcho(): Promise<string> {
  const folder = await mkdtemp(join(fileURLToPath(new URL("../examples/", import.meta.url)), ".bench-"));
  await cp(echo, folder, { recursive: true });
  const path = join(folder, "berth.json");
  const config: unknown = JSON.parse(await readFile(path, "utf8"));
  await writeFile(path, JSON.stringify({ ...Object(config), name: "sleepy", scale: { idleSeconds: 1 } }));
  return folder;
}

async function asleep(platform: BenchPlatform): Promise<void> {
  const end = Date.now() + SLEEP_TIMEOUT_MS;
  while (Date.now() < end) {
    // As docs/reference/api.md has it.
    const { state } = (await platform.get("/v1/agents/sleepy")) as { state: string };
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

async function wakeMs(platform: BenchPlatform, client: Client): Promise<number> {
  await asleep(platform);
  const started = performance.now();
  await send(client, "/agents/sleepy/message:send", { authorization: `Bearer ${platform.token}` });
  return performance.now() - started;
}

/** What the platform built, run by hand: the same code without platform and sandbox. */
async function builtEntry(platform: BenchPlatform): Promise<string> {
  const releases = releasesFolder(platform.home);
  const [release] = await readdir(releases);
  if (release === undefined) throw new Error(`no release in ${releases}`);
  return join(releases, release, "agent.mjs");
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

await using platform = await startPlatform();
const folder = await sleepyEcho();
try {
  await platform.deploy(folder);
  const client = new Client(platform.url);
  const entry = await builtEntry(platform);
  const woken: number[] = [];
  const bare: number[] = [];
  await wakeMs(platform, client);
  await bareMs(entry);
  for (let round = 0; round < rounds; round++) {
    woken.push(await wakeMs(platform, client));
    bare.push(await bareMs(entry));
  }
  await client.destroy();
  const result = {
    wakeMedianMs: Math.round(median(woken)),
    wakeP95Ms: Math.round(percentile(woken, 0.95)),
    bareMedianMs: Math.round(median(bare)),
    bareP95Ms: Math.round(percentile(bare, 0.95)),
    ratio: Number((median(woken) / median(bare)).toFixed(2)),
  };
  if (!values.json) process.stdout.write(`${table([result])}\n`);
  process.stdout.write(`${JSON.stringify({ bench: "wake", rounds, ...result })}\n`);
} finally {
  await rm(folder, { recursive: true, force: true });
}
