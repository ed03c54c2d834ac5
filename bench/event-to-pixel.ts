import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "playwright-core";
import type { BenchPlatform } from "./platform.ts";

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

/** The folder of an agent that sends the time. */
export async function writeClock(folder: string): Promise<string> {
  await mkdir(join(folder, "src"), { recursive: true });
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
  return folder;
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

/** Milliseconds from each event at the agent to the frame that shows it. */
export async function eventsToPixels({
  platform,
  page,
  input,
}: {
  readonly platform: BenchPlatform;
  readonly page: Page;
  readonly input: { readonly count: number; readonly delayMs: number };
}): Promise<readonly number[]> {
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
