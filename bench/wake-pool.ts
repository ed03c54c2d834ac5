// How many agents per second can be woken: all at once out of a full pool (burst), and one after the other while the pool
// fills up again (steady). Below the platform: `start` of the process driver, until the agent has answered. A burst is as
// large as the pool, and each jail of it holds some 35 MB; a steady rate is bounded by how fast Node boots.
//
//   node bench/wake-pool.ts --jails 8 --rounds 3 --seconds 5
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { buildRelease } from "@berth/deploy";
import { DEFAULT_AGENT_CONFIG } from "@berth/protocol";
import { createProcessDriver, releasesFolder } from "@berth/runtime";
import type { Instance, ReleaseSpec } from "@berth/runtime";
import { writeSmallAgent } from "./small-agent.ts";
import { median, percentile, table } from "./statistics.ts";

const { values } = parseArgs({
  options: {
    jails: { type: "string", default: "8" },
    rounds: { type: "string", default: "3" },
    seconds: { type: "string", default: "5" },
    json: { type: "boolean", default: false },
  },
});
const [jails, rounds, seconds] = [Number(values.jails), Number(values.rounds), Number(values.seconds)];

const home = await mkdtemp(join(tmpdir(), "berth-wake-"));
const source = await writeSmallAgent("small");
const driver = createProcessDriver({ home, warmJails: { count: jails }, compileCache: true });
let started = 0;
try {
  await driver.probe();
  await driver.sweep();
  await mkdir(releasesFolder(home), { recursive: true, mode: 0o755 });
  const folder = join(releasesFolder(home), "small");
  const { entry } = await buildRelease({ source, output: folder, npmCacheFolder: join(home, "npm"), log: () => {} });
  const spec: ReleaseSpec = {
    orgId: "org_1",
    agentId: "agt_1",
    agentName: "small",
    releaseId: "small",
    folder,
    entry,
    trusted: false,
    env: {},
    egress: [],
    scale: DEFAULT_AGENT_CONFIG.scale,
    limits: { ...DEFAULT_AGENT_CONFIG.resources, startTimeoutMs: 30_000 },
  };
  const wake = async (): Promise<Instance> => await driver.start(spec, { instanceId: `i${++started}` });
  const stop = async (instances: readonly Instance[]): Promise<void> => {
    await Promise.all(instances.map(async (instance) => await instance.stop(0)));
  };
  await stop([await wake()]);

  const bursts: number[] = [];
  for (let round = 0; round < rounds; round++) {
    await driver.warmJails();
    const began = performance.now();
    const woken = await Promise.all(Array.from({ length: jails }, wake));
    bursts.push((jails * 1000) / (performance.now() - began));
    if (woken.some(({ boot }) => boot?.kind !== "warm")) throw new Error("a wake of the burst was cold");
    await stop(woken);
  }

  await driver.warmJails();
  const times: { readonly warm: boolean; readonly ms: number }[] = [];
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const began = performance.now();
    const instance = await wake();
    times.push({ warm: instance.boot?.kind === "warm", ms: performance.now() - began });
    await stop([instance]);
  }
  const all = times.map(({ ms }) => ms);
  const result = {
    jails,
    burstPerSecond: Math.round(median(bursts)),
    lowestBurst: Math.round(Math.min(...bursts)),
    steadyPerSecond: Number((times.length / seconds).toFixed(1)),
    steadyWarmShare: Number((times.filter(({ warm }) => warm).length / times.length).toFixed(2)),
    steadyP50Ms: Number(median(all).toFixed(1)),
    steadyP95Ms: Number(percentile(all, 0.95).toFixed(1)),
  };
  if (!values.json) process.stdout.write(`${table([result])}\n`);
  process.stdout.write(`${JSON.stringify({ bench: "wake-pool", rounds, seconds, ...result })}\n`);
} finally {
  await driver.close();
  for (const each of [source, home, dirname(releasesFolder(home))]) await rm(each, { recursive: true, force: true });
}
