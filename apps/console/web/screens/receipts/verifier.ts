import { openWorker } from "../../api/workers.ts";
import { joinMany, splitMany } from "./split-many.ts";
import type { AnswerTo, ManyVerdict, VerifyAnswer, VerifyAsk } from "./verify-messages.ts";
// oxlint-disable-next-line import/default -- the bundler makes the address
import address from "./verify-worker.ts?worker&url";

const TIMEOUT_MS = 120_000;
const MAX_WORKERS = 4;
/** Starting a worker takes as long as verifying some dozens: fewer are not worth another one. */
const TOGETHER = 100;

interface Waiting {
  readonly resolve: (answer: VerifyAnswer) => void;
  readonly reject: (error: Error) => void;
}

let workers: Worker[] = [];
let asked = 0;
const waiting = new Map<number, Waiting>();

/** Loads the workers, so that they are there when the network is not. */
export function prepareVerifier(): void {
  for (let at = 0; at < mostWorkers(); at++) workerAt(at);
}

/** In workers of the tab, made when something is first verified. @throws Error when one breaks or takes two minutes */
export async function verify<Ask extends VerifyAsk>(ask: Ask): Promise<AnswerTo<Ask>> {
  // Each answer is of the kind that was asked for.
  return (ask.kind === "many" ? await verifyMany(ask) : await put(0, ask)) as AnswerTo<Ask>;
}

/** Parts go to whichever worker is free: the cores that these run on are seldom equally busy. */
async function verifyMany(ask: Extract<VerifyAsk, { readonly kind: "many" }>): Promise<VerifyAnswer> {
  const started = performance.now();
  const parts = splitMany(ask.texts, Math.ceil(ask.texts.length / TOGETHER));
  const count = Math.max(1, Math.min(mostWorkers(), parts.length));
  const judged: { readonly from: number; readonly verdict: ManyVerdict }[] = [];
  const left = parts.values();
  const work = async (_: unknown, at: number): Promise<void> => {
    for (const { from, texts } of left) judged.push({ from, verdict: await put(at, { ...ask, texts }) });
  };
  await Promise.all(Array.from({ length: count }, work));
  return joinMany(judged, { workers: count, ms: performance.now() - started });
}

function mostWorkers(): number {
  return Math.min(MAX_WORKERS, Math.max(1, navigator.hardwareConcurrency));
}

async function put<Ask extends VerifyAsk>(at: number, ask: Ask): Promise<AnswerTo<Ask>> {
  const id = ++asked;
  const { promise, resolve, reject } = Promise.withResolvers<VerifyAnswer>();
  waiting.set(id, { resolve, reject });
  const timer = setTimeout(() => fail(new Error("verifying took too long")), TIMEOUT_MS);
  workerAt(at).postMessage({ id, ask });
  try {
    // The worker answers in the kind that it was asked in.
    return (await promise) as AnswerTo<Ask>;
  } finally {
    clearTimeout(timer);
    waiting.delete(id);
  }
}

interface Reply {
  readonly id: number;
  readonly answer?: VerifyAnswer;
  readonly error?: string;
}

function workerAt(at: number): Worker {
  return (workers[at] ??= start());
}

function start(): Worker {
  const made = openWorker(address);
  made.addEventListener("message", ({ data }: MessageEvent<Reply>) => {
    const asker = waiting.get(data.id);
    if (data.answer === undefined) asker?.reject(new Error(data.error ?? "the verifier gave no answer"));
    else asker?.resolve(data.answer);
  });
  made.addEventListener("error", () => fail(new Error("the verifier could not be started")));
  return made;
}

/** Whoever waits is told, and the next question starts others. */
function fail(error: Error): void {
  for (const worker of workers) worker.terminate();
  workers = [];
  for (const { reject } of waiting.values()) reject(error);
}
