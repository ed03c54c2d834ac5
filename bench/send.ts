// message:send through the gateway, authentication, the durable log and a sandboxed agent, against the official SDK's
// in-memory server. Rounds alternate, so that a noisy machine disturbs both alike; read the ratio, not the figures.
//
//   node bench/send.ts --rounds 5 --seconds 4
import { randomUUID } from "node:crypto";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { startChild } from "./child.ts";
import { closedLoop } from "./closed-loop.ts";
import type { Sample, Subject } from "./closed-loop.ts";
import { startPlatform } from "./platform.ts";
import { median, table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    seconds: { type: "string", default: "4" },
    connections: { type: "string", default: "1,16,64" },
    json: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const seconds = Number(values.seconds);
const widths = values.connections.split(",").map(Number);

const text = "x".repeat(700);

function subject(name: string, base: string, headers: { readonly [name: string]: string }): Subject {
  const url = new URL(`${base}/message:send`);
  return {
    name,
    origin: url.origin,
    next: () => ({
      method: "POST",
      path: url.pathname,
      headers: { "content-type": "application/json", "a2a-version": "1.0", ...headers },
      body: JSON.stringify({ message: { messageId: randomUUID(), role: "ROLE_USER", parts: [{ text }] } }),
    }),
    check: (body) => body.includes("TASK_STATE_COMPLETED") && body.includes(text),
  };
}

async function measure(subjects: readonly Subject[], connections: number): Promise<Map<string, readonly Sample[]>> {
  const samples = new Map(subjects.map(({ name }) => [name, [] as Sample[]]));
  for (const each of subjects) await closedLoop(each, { connections, seconds: Math.min(1, seconds) });
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? subjects : subjects.toReversed();
    for (const each of order) samples.get(each.name)?.push(await closedLoop(each, { connections, seconds }));
  }
  return samples;
}

await using platform = await startPlatform();
await platform.deploy(fileURLToPath(new URL("../examples/echo", import.meta.url)));
const sdk = await startChild<{ readonly url: string }>([fileURLToPath(new URL("sdk-server.ts", import.meta.url))]);
try {
  const ours = subject("berth", `${platform.url}/agents/echo`, { authorization: `Bearer ${platform.token}` });
  const theirs = subject("sdk", sdk.ready.url, {});
  const rows: Record<string, string | number>[] = [];
  const results: object[] = [];
  for (const connections of widths) {
    const samples = await measure([ours, theirs], connections);
    const of = (name: string, pick: (sample: Sample) => number): number[] => (samples.get(name) ?? []).map(pick);
    const berth = median(of("berth", ({ perSecond }) => perSecond));
    const official = median(of("sdk", ({ perSecond }) => perSecond));
    const ratios = of("berth", ({ perSecond }) => perSecond).map((value, i) => {
      return value / (of("sdk", ({ perSecond }) => perSecond)[i] ?? Number.NaN);
    });
    const result = {
      connections,
      berthPerSecond: Math.round(berth),
      sdkPerSecond: Math.round(official),
      ratio: Number((berth / official).toFixed(2)),
      lowestRoundRatio: Number(Math.min(...ratios).toFixed(2)),
      berthP50Ms: Number(median(of("berth", ({ p50Ms }) => p50Ms)).toFixed(2)),
      berthP99Ms: Number(median(of("berth", ({ p99Ms }) => p99Ms)).toFixed(2)),
      sdkP99Ms: Number(median(of("sdk", ({ p99Ms }) => p99Ms)).toFixed(2)),
      errors: [...samples.values()].flat().reduce((sum, { errors }) => sum + errors, 0),
    };
    results.push(result);
    rows.push(result);
  }
  if (!values.json) process.stdout.write(`${table(rows)}\n`);
  process.stdout.write(`${JSON.stringify({ bench: "send", rounds, seconds, results })}\n`);
  if (rows.some(({ errors }) => errors !== 0)) process.exitCode = 1;
} finally {
  await sdk.stop();
}
