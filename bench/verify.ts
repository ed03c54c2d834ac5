// Receipt bundles verified a second: everything `a2a receipts verify` checks (both signatures, the checkpoint's, every
// event, three proofs of inclusion), over bundles that a real platform made (7 and 13 events), on 1 and 2 threads.
// `shared`: the bundles were made together and carry one checkpoint, whose signature is then verified once; nothing else
// is remembered from one bundle to the next but public keys, parsed, by node:crypto's verifier. The last rows are what
// `a2a receipts verify` of many and `verify-pack` do: one thread hands bundles out to others and takes back what they say.
//
//   node bench/verify.ts --seconds 3
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { Worker, isMainThread, parentPort, workerData } from "node:worker_threads";
import { CheckpointMemory, parseTrustPolicy, verifyBundle, webCrypto } from "@berth/ledger";
import { createNodeCrypto, openVerifyPool } from "@berth/ledger/node";
import { table } from "./statistics.ts";

interface Work {
  readonly bundle: string;
  readonly keys: string;
  readonly crypto: "node" | "web";
  readonly checkpoint: "each" | "shared";
  readonly seconds: number;
}

interface Done {
  readonly verified: number;
  readonly tookMs: number;
}

const WARM_UP = 300;
const TOGETHER = 256;
const WAYS = [
  ["web", "each"],
  ["node", "each"],
  ["node", "shared"],
] as const;
const FOLDER = join(import.meta.dirname, "../packages/ledger/test/fixtures");
const read = (name: string): string => readFileSync(join(FOLDER, name), "utf8").trimEnd();

if (isMainThread) await measureAll();
else {
  // This file started the worker, with a Work.
  const { bundle, keys, crypto, checkpoint, seconds } = workerData as Work;
  const options = {
    trust: parseTrustPolicy(keys),
    crypto: crypto === "node" ? createNodeCrypto() : webCrypto,
    ...(checkpoint === "shared" ? { checkpoints: new CheckpointMemory() } : {}),
  };
  for (let i = 0; i < WARM_UP; i++) await verifyBundle(bundle, options);
  const started = performance.now();
  let verified = 0;
  for (; performance.now() - started < seconds * 1_000; verified++) await verifyBundle(bundle, options);
  parentPort?.postMessage({ verified, tookMs: performance.now() - started } satisfies Done);
}

async function measureAll(): Promise<void> {
  const { values } = parseArgs({
    options: { seconds: { type: "string", default: "3" }, json: { type: "boolean", default: false } },
  });
  const seconds = Number(values.seconds);
  const keys = read("0.1-keys.json");
  const rates: Record<string, string | number>[] = [];
  for (const name of ["echo", "csv-analyst-approved"]) {
    const bundle = read(`0.1-${name}.json`);
    for (const [crypto, checkpoint] of WAYS) {
      for (const threads of [1, 2]) {
        const cpu = process.cpuUsage();
        const all = await Promise.all(
          Array.from({ length: threads }, () => measure({ bundle, keys, crypto, checkpoint, seconds })),
        );
        const { user, system } = process.cpuUsage(cpu);
        const perSecond = all.reduce((sum, { verified, tookMs }) => sum + verified / (tookMs / 1_000), 0);
        const verified = all.reduce((sum, done) => sum + done.verified, 0) + threads * WARM_UP;
        // What the machine's other work does not change much.
        const perCpuSecond = Math.round(verified / ((user + system) / 1_000_000));
        rates.push({
          bundle: name,
          bytes: bundle.length,
          crypto,
          checkpoint,
          threads,
          perSecond: Math.round(perSecond),
          perCpuSecond,
        });
      }
    }
  }
  for (const name of ["echo", "csv-analyst-approved"]) {
    rates.push({ bundle: name, ...(await throughPool(read(`0.1-${name}.json`), keys, seconds)) });
  }
  if (!values.json) process.stdout.write(`${table(rates)}\n`);
  process.stdout.write(`${JSON.stringify({ bench: "verify", seconds, rates })}\n`);
}

async function throughPool(bundle: string, keys: string, seconds: number): Promise<Record<string, string | number>> {
  const threads = 2;
  await using pool = openVerifyPool({ trust: parseTrustPolicy(keys), threads, alone: 0 });
  const some = async (): Promise<void> => {
    await Promise.all(Array.from({ length: TOGETHER }, async () => await pool.verify(bundle)));
  };
  for (let warm = 0; warm < 4; warm++) await some();
  const cpu = process.cpuUsage();
  const started = performance.now();
  let verified = 0;
  for (; performance.now() - started < seconds * 1_000; verified += TOGETHER) await some();
  const took = (performance.now() - started) / 1_000;
  const { user, system } = process.cpuUsage(cpu);
  const perCpuSecond = Math.round(verified / ((user + system) / 1_000_000));
  const perSecond = Math.round(verified / took);
  return { bytes: bundle.length, crypto: "node", checkpoint: "pool", threads, perSecond, perCpuSecond };
}

async function measure(work: Work): Promise<Done> {
  const worker = new Worker(new URL(import.meta.url), { workerData: work });
  // Our own worker: it posts one Done, or fails.
  const [done] = (await once(worker, "message")) as [Done];
  await worker.terminate();
  return done;
}
