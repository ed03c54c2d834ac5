// What a tail of many lines a second costs in Chromium: an event stream of generated lines takes the place of the platform's.
// Frames by requestAnimationFrame, heap over the debugging protocol after a collection. With --minutes a row for each.
//
//   node bench/console-tail.ts --rate 5000 --seconds 60
//   node bench/console-tail.ts --rate 5000 --minutes 10
import { createServer } from "node:http";
import type { ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { parseArgs } from "node:util";
import { ConsoleBrowser } from "../test/e2e/console/harness.ts";
import { table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    rate: { type: "string", default: "5000" },
    seconds: { type: "string", default: "3" },
    minutes: { type: "string", default: "0" },
    json: { type: "boolean", default: false },
  },
});
const rate = Number(values.rate);
const minutes = Number(values.minutes);
const seconds = minutes > 0 ? 60 : Number(values.seconds);
const EVERY_MS = 20;

let id = 1;
const linesOf = (count: number): readonly object[] =>
  Array.from({ length: count }, () => {
    id += 1;
    return {
      id,
      atUs: Date.now() * 1_000,
      severity: id % 50 === 0 ? 17 : 9,
      body: `\u001b[32mok\u001b[0m handled request ${id} in ${id % 90} ms for user ${id % 13}`,
      attributes: {},
      source: "stdout",
      agent: "bench",
    };
  });

/** Beside the platform, with a stream for each topic of logs; the page is told by a route to ask here. */
async function generate(
  topics: readonly { readonly id: string; readonly topic: string }[],
  response: ServerResponse,
): Promise<void> {
  response.writeHead(200, { "Content-Type": "text/event-stream" });
  const topic = topics.find((each) => each.topic === "logs")?.id ?? "t1";
  const timer = setInterval(() => {
    const logs = linesOf(Math.round((rate * EVERY_MS) / 1_000));
    if (response.writableNeedDrain) return;
    response.write(`event: event\ndata: ${JSON.stringify({ topic, at: Date.now(), type: "event", id, logs })}\n\n`);
  }, EVERY_MS);
  await new Promise<void>((closed) => response.on("close", closed));
  clearInterval(timer);
}

const server = createServer((request, response) => {
  let body = "";
  request.on("data", (chunk: Buffer) => (body += chunk.toString()));
  // The console's own request: docs/reference/telemetry.md.
  request.on("end", () => void generate((JSON.parse(body) as { readonly topics: [] }).topics, response));
});
await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
// A server that listens on a port has an address.
const { port } = server.address() as AddressInfo;

await using view = await ConsoleBrowser.start();
const { page } = view;
await page.addInitScript((address: string) => {
  const own = globalThis.fetch;
  globalThis.fetch = async (input, init) => await own(input === "/v1/live" ? address : input, init);
}, `${view.platform.url}/bench-live`);
await page.route("**/bench-live", async (route) => {
  await route.continue({ url: `http://127.0.0.1:${port}/` });
});
await view.open("/logs");
await page.getByText("lines", { exact: false }).first().waitFor();
const session = await page.context().newCDPSession(page);
const heapMb = async (): Promise<number> => {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return Number((usedSize / 1_048_576).toFixed(1));
};
/** Of each frame of the next seconds, shortest first. */
const frameTimes = async (): Promise<readonly number[]> =>
  await page.evaluate(async (ms: number) => {
    const deltas: number[] = [];
    let last = await new Promise<number>((frame) => requestAnimationFrame(frame));
    for (const until = last + ms; last < until;) {
      const now = await new Promise<number>((frame) => requestAnimationFrame(frame));
      deltas.push(now - last);
      last = now;
    }
    return deltas.toSorted((a, b) => a - b);
  }, seconds * 1_000);
const result: Record<string, number>[] = [];
for (let round = 0; round < Math.max(1, minutes); round += 1) {
  const heapBefore = await heapMb();
  const sentBefore = id;
  const frames = await frameTimes();
  const lines = await page.getByRole("grid", { name: "Lines" }).getAttribute("aria-rowcount");
  result.push({
    ...(minutes > 0 ? { minute: round + 1 } : {}),
    rate,
    seconds,
    sent: id - sentBefore,
    lines: Number(lines),
    fps: Number((frames.length / seconds).toFixed(1)),
    frameP95Ms: Number((frames[Math.floor(frames.length * 0.95)] ?? 0).toFixed(1)),
    heapBeforeMb: heapBefore,
    heapAfterMb: await heapMb(),
  });
}
process.stdout.write(values.json ? `${JSON.stringify(result)}\n` : table(result));
server.closeAllConnections();
server.close();
