// How smoothly a recorded task of many events plays in the console, and how soon it stands where the scrubber is put.
//
//   node bench/console-time-machine.ts --events 10000 --seconds 20 --seeks 100
import { parseArgs } from "node:util";
import { temporaryFolder } from "@berth/testing";
import type { Page } from "playwright-core";
import { copyEcho } from "../test/e2e/attached/agent-folder.ts";
import { DevProcess } from "../test/e2e/attached/dev-process.ts";
import { ConsoleBrowser } from "../test/e2e/console/harness.ts";
import { median, percentile, table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    events: { type: "string", default: "1000" },
    seconds: { type: "string", default: "3" },
    seeks: { type: "string", default: "20" },
    speed: { type: "string", default: "16" },
    tab: { type: "string", default: "conversation" },
    json: { type: "boolean", default: false },
  },
});
const wanted = Number(values.events);

await using view = await ConsoleBrowser.start();
const { page, platform } = view;
using folder = temporaryFolder();
await using _dev = await DevProcess.attached({
  folder: copyEcho(folder.path),
  url: platform.url,
  token: platform.token,
});
const taskId = await recorded();
await view.open(`/tasks/${taskId}?tab=${values.tab}`);
const scrubber = page.getByRole("slider", { name: "Event of the recording" });
await page.waitForFunction(
  (least) => Number(document.querySelector("input[type=range]")?.getAttribute("max")) >= least,
  wanted,
);
const events = Number(await scrubber.getAttribute("max")) + 1;

const seeks = await seekTimes(page, Number(values.seeks));

await page.getByRole("combobox", { name: "Speed" }).selectOption(values.speed);
await page.getByRole("button", { name: "To the first event" }).click();
// So that it plays for as long as it is looked at.
await page.getByRole("button", { name: "Loop", exact: true }).click();
await page.getByRole("button", { name: "Play", exact: true }).click();
const frames = await framesOf(page, Number(values.seconds) * 1_000);
if ((await page.getByRole("button", { name: "Pause" }).count()) === 0) throw new Error("it does not play any more");

const result = {
  events,
  speed: Number(values.speed),
  fps: Number(((frames.length / frames.reduce((sum, each) => sum + each, 0)) * 1_000).toFixed(1)),
  "frame p95 ms": Number(percentile(frames, 0.95).toFixed(1)),
  "frame max ms": Number(Math.max(...frames).toFixed(1)),
  seeks: seeks.length,
  "seek p50 ms": Number(median(seeks).toFixed(1)),
  "seek p95 ms": Number(percentile(seeks, 0.95).toFixed(1)),
};
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : `${table([result])}\n`);

/** A task that has come to its end. */
async function recorded(): Promise<string> {
  const headers = { "content-type": "application/json", prefer: "respond-async" };
  const body = JSON.stringify({ count: wanted, delayMs: 2 });
  const answer = await platform.fetch("/agents/echo/invoke/stream", { method: "POST", headers, body });
  const { taskId: id } = (await answer.json()) as { taskId: string };
  for (;;) {
    const { task } = (await (await platform.fetch(`/v1/tasks/${id}`)).json()) as {
      task: { status: { state: string } };
    };
    if (task.status.state === "TASK_STATE_COMPLETED") return id;
    if (task.status.state === "TASK_STATE_FAILED") throw new Error(`${id} failed`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

/** From moving the scrubber to the frame behind the one that shows the event there. */
async function seekTimes(on: Page, count: number): Promise<readonly number[]> {
  return await on.evaluate(async (times: number) => {
    const slider = document.querySelector("input[type=range]");
    if (!(slider instanceof HTMLInputElement)) throw new Error("there is no scrubber");
    const value = Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value");
    const frame = async (): Promise<number> => await new Promise((resolve) => requestAnimationFrame(resolve));
    const taken: number[] = [];
    for (let n = 0; n < times; n += 1) {
      // Everywhere, and never twice beside each other.
      const place = Math.round(((n * 0.618_034) % 1) * (Number(slider.max) - 1));
      await frame();
      const before = performance.now();
      // As a hand does it: React looks at the value the element had.
      value?.set?.call(slider, String(place));
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      while (slider.getAttribute("aria-valuetext")?.startsWith(`event ${place + 1},`) !== true) await frame();
      await frame();
      taken.push(performance.now() - before);
    }
    return taken;
  }, count);
}

async function framesOf(on: Page, ms: number): Promise<readonly number[]> {
  return await on.evaluate(async (during: number) => {
    const deltas: number[] = [];
    let last = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
    for (const until = last + during; last < until;) {
      const now = await new Promise<number>((resolve) => requestAnimationFrame(resolve));
      deltas.push(now - last);
      last = now;
    }
    return deltas;
  }, ms);
}
