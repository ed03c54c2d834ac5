// From an event of an agent that runs under `a2a dev` to the pixel in the console: agent, link, platform, browser.
//
//   node bench/console-laptop.ts --events 2000 --delay 10
import { parseArgs } from "node:util";
import { temporaryFolder } from "@berth/testing";
import { chromium } from "playwright-core";
import { linkModules } from "../test/e2e/attached/agent-folder.ts";
import { DevProcess } from "../test/e2e/attached/dev-process.ts";
import { eventsToPixels, writeClock } from "./event-to-pixel.ts";
import { startPlatform } from "./platform.ts";
import { median, percentile, table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "500" },
    delay: { type: "string", default: "10" },
    json: { type: "boolean", default: false },
  },
});

using folder = temporaryFolder();
linkModules(folder.path);
const clock = await writeClock(`${folder.path}/clock`);
await using platform = await startPlatform();
await using _dev = await DevProcess.attached({ folder: clock, url: platform.url, token: platform.token });
const browser = await chromium.launch({
  executablePath: "/usr/bin/chromium",
  args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
});
try {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  await context.request.post(`${platform.url}/v1/sessions`, {
    data: { key: platform.token },
    headers: { origin: platform.url },
  });
  const input = { count: Number(values.events), delayMs: Number(values.delay) };
  const latencies = await eventsToPixels({ platform, page: await context.newPage(), input });
  const result = {
    events: latencies.length,
    "p50 ms": Math.round(median(latencies)),
    "p95 ms": Math.round(percentile(latencies, 0.95)),
    "p99 ms": Math.round(percentile(latencies, 0.99)),
  };
  process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${table([result])}\n`);
} finally {
  await browser.close();
}
