// From an agent's event to the pixel in the console, and what the console has of a task whose live stream is cut again
// and again.
//
//   node bench/console-live.ts --events 2000 --delay 10 --kills 50 --killed-events 10000
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { KillingProxy } from "../test/e2e/console/killing-proxy.ts";
import { followWithKills } from "../test/e2e/console/live-kills.ts";
import { eventsToPixels, writeClock } from "./event-to-pixel.ts";
import { startPlatform } from "./platform.ts";
import type { BenchPlatform } from "./platform.ts";
import { median, percentile, table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "500" },
    delay: { type: "string", default: "10" },
    kills: { type: "string", default: "10" },
    "killed-events": { type: "string", default: "1000" },
    json: { type: "boolean", default: false },
  },
});

const ECHO = fileURLToPath(new URL("../examples/echo", import.meta.url));
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"];
async function deployClock(platform: BenchPlatform): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "berth-bench-clock-"));
  await platform.deploy(await writeClock(folder));
  await rm(folder, { recursive: true });
}

await using platform = await startPlatform();
await platform.deploy(ECHO);
await deployClock(platform);
const browser = await chromium.launch({ executablePath: "/usr/bin/chromium", args: FLAGS });
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.request.post(`${platform.url}/v1/sessions`, {
    data: { key: platform.token },
    headers: { origin: platform.url },
  });
  const page = await context.newPage();
  const input = { count: Number(values.events), delayMs: Number(values.delay) };
  const latencies = await eventsToPixels({ platform, page, input });
  await using proxy = await KillingProxy.start(platform.url);
  const { shown, stored, kills } = await followWithKills({
    page,
    proxy,
    fetch: async (path, init = {}) => {
      const headers = new Headers(init.headers);
      headers.set("authorization", `Bearer ${platform.token}`);
      return await fetch(new URL(path, platform.url), { ...init, headers });
    },
    events: Number(values["killed-events"]),
    kills: Number(values.kills),
    delayMs: 4,
  });
  const missing = new Set(stored).difference(new Set(shown)).size;
  const result = {
    events: latencies.length,
    "p50 ms": Math.round(median(latencies)),
    "p95 ms": Math.round(percentile(latencies, 0.95)),
    "p99 ms": Math.round(percentile(latencies, 0.99)),
    kills,
    stored: stored.length,
    lost: missing,
    doubled: shown.length - new Set(shown).size,
    "in order": String(shown.every((seq, n) => seq === stored[n])),
  };
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${table([result])}\n`);
} finally {
  await browser.close();
}
