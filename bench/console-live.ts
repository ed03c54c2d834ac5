// From an agent's event to the pixel in the console, and what the console has of a task whose live stream is cut again
// and again.
//
//   node bench/console-live.ts --events 2000 --delay 10 --kills 50 --killed-events 10000
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import type { Page } from "playwright-core";
import { KillingProxy } from "../test/e2e/console/killing-proxy.ts";
import { followWithKills } from "../test/e2e/console/live-kills.ts";
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
/** Each chunk says when it was sent, by this machine's clock, which is the browser's too. */
const AGENT = `import { setTimeout as sleep } from "node:timers/promises";
import { defineAgent, serve, skill } from "@berth/sdk";

const agent = defineAgent({
  name: "clock",
  version: "1.0.0",
  description: "Says what time it is.",
  skills: {
    tell: skill({
      description: "Sends the time, again and again.",
      async run({ count, delayMs }, ctx) {
        for (let n = 1; n <= count; n++) {
          await sleep(delayMs);
          await ctx.artifact("times", Date.now() + "\\n", { append: n > 1, lastChunk: n === count });
        }
      },
    }),
  },
});

export default agent;

if (import.meta.main) await serve(agent);
`;

async function deployClock(platform: BenchPlatform): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "berth-bench-clock-"));
  await mkdir(join(folder, "src"));
  const manifest = {
    name: "clock",
    version: "1.0.0",
    type: "module",
    main: "src/agent.ts",
    dependencies: { "@berth/sdk": "0.1.0" },
  };
  await writeFile(join(folder, "package.json"), JSON.stringify(manifest));
  await writeFile(join(folder, "berth.json"), JSON.stringify({ name: "clock" }));
  await writeFile(join(folder, "src", "agent.ts"), AGENT);
  await platform.deploy(folder);
  await rm(folder, { recursive: true });
}

interface Seen {
  readonly seq: number;
  /** When the frame that shows it was drawn, in milliseconds since 1970. */
  readonly at: number;
}

/** Notes which event is the last that the page shows, whenever that changes, in the frame that draws it. */
async function watchLast(page: Page): Promise<void> {
  await page.evaluate(() => {
    const seen: { seq: number; at: number }[] = [];
    Reflect.set(globalThis, "seen", seen);
    const note = (): void => {
      const label = document.querySelector('section[aria-label^="Event "]')?.getAttribute("aria-label") ?? "";
      const seq = Number(label.replace("Event ", ""));
      if (!(seq > (seen.at(-1)?.seq ?? 0))) return;
      const entry = { seq, at: Number.POSITIVE_INFINITY };
      seen.push(entry);
      requestAnimationFrame(() => {
        entry.at = performance.timeOrigin + performance.now();
      });
    };
    new MutationObserver(note).observe(document.body, {
      subtree: true,
      childList: true,
      attributes: true,
      characterData: true,
    });
  });
}

async function measure(platform: BenchPlatform, page: Page): Promise<readonly number[]> {
  const post = (path: string, body: object): Promise<Response> =>
    fetch(new URL(path, platform.url), {
      method: "POST",
      headers: {
        authorization: `Bearer ${platform.token}`,
        "content-type": "application/json",
        prefer: "respond-async",
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(30_000),
    });
  const input = { count: Number(values.events), delayMs: Number(values.delay) };
  const { taskId } = (await (await post("/agents/clock/invoke/tell", input)).json()) as { taskId: string };
  await page.goto(`${platform.url}/#/tasks/${taskId}?tab=events`);
  await page.locator('section[aria-label^="Event "]').waitFor();
  const opened = Date.now();
  await watchLast(page);
  const events = await eventsOf(platform, taskId);
  const last = events.at(-1)?.seq ?? 0;
  await page.waitForFunction((seq) => document.querySelector(`section[aria-label="Event ${seq}"]`) !== null, last);
  await page.evaluate(
    async () => await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn))),
  );
  const seen = await page.evaluate(() => Reflect.get(globalThis, "seen") as Seen[]);
  return events.flatMap(({ seq, sentAt }) => {
    const frame = seen.find((each) => each.seq >= seq);
    return sentAt === undefined || sentAt < opened || frame === undefined ? [] : [frame.at - sentAt];
  });
}

interface Stamped {
  readonly seq: number;
  readonly sentAt: number | undefined;
}

/** Once the task is over. */
async function eventsOf(platform: BenchPlatform, taskId: string): Promise<readonly Stamped[]> {
  for (;;) {
    const { task } = (await platform.get(`/v1/tasks/${taskId}`)) as { task: { status: { state: string } } };
    if (/COMPLETED|FAILED/.test(task.status.state)) break;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const { events } = (await platform.get(`/v1/tasks/${taskId}/events?limit=10000`)) as {
    events: readonly { seq: number }[];
  };
  return events.map((event) => {
    const [stamp] = /\d{13}(?=\\n)/.exec(JSON.stringify(event)) ?? [];
    return { seq: event.seq, sentAt: stamp === undefined ? undefined : Number(stamp) };
  });
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
  const latencies = await measure(platform, page);
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
