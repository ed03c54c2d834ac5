// How soon a trace of many spans is drawn in Chromium, from its JSON to its picture, and how smoothly it scrolls.
//
//   node bench/console-trace.ts --spans 50000 --seconds 5
import { parseArgs } from "node:util";
import { ConsoleBrowser } from "../test/e2e/console/harness.ts";
import { hex, manySpans, sendSpans, toOtlp } from "../test/e2e/console/seed.ts";
import { median, table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    spans: { type: "string", default: "2000" },
    opens: { type: "string", default: "3" },
    seconds: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const spans = Number(values.spans);
const TRACE = 0xbe;

await using view = await ConsoleBrowser.start();
const { page } = view;
await sendSpans(view, toOtlp(TRACE, Date.now() - 60_000, manySpans(spans)), "bench");

const draws: number[] = [];
for (let n = 0; n < Number(values.opens); n += 1) {
  await view.open(`/traces/${hex(TRACE, 32)}`);
  await page.getByText(`${spans} of ${spans} spans`).waitFor();
  draws.push(await page.evaluate(() => performance.getEntriesByName("berth.trace.first-draw")[0]?.duration ?? 0));
}
const frames = await page.evaluate(
  async (ms: number) => {
    const box = document.querySelector("[role=tree]")?.closest(".overflow-y-auto");
    if (box === null || box === undefined) throw new Error("there is no tree");
    const deltas: number[] = [];
    let last = await new Promise<number>((frame) => requestAnimationFrame(frame));
    for (const until = last + ms; last < until;) {
      box.scrollBy(0, 97);
      if (box.scrollTop + box.clientHeight >= box.scrollHeight - 1) box.scrollTo(0, 0);
      const now = await new Promise<number>((frame) => requestAnimationFrame(frame));
      deltas.push(now - last);
      last = now;
    }
    return deltas.toSorted((a, b) => a - b);
  },
  Number(values.seconds) * 1_000,
);
const result = {
  spans,
  firstDrawMs: Number(median(draws).toFixed(1)),
  scrollP50Ms: Number((frames[Math.floor(frames.length * 0.5)] ?? 0).toFixed(1)),
  scrollP95Ms: Number((frames[Math.floor(frames.length * 0.95)] ?? 0).toFixed(1)),
  frames: frames.length,
};
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : table([result]));
