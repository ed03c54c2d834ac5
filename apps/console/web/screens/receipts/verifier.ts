import { openWorker } from "../../api/workers.ts";
import type { AnswerTo, VerifyAnswer, VerifyAsk } from "./verify-messages.ts";
// oxlint-disable-next-line import/default -- the bundler makes the address
import address from "./verify-worker.ts?worker&url";

const TIMEOUT_MS = 120_000;

interface Waiting {
  readonly resolve: (answer: VerifyAnswer) => void;
  readonly reject: (error: Error) => void;
}

let worker: Worker | undefined;
let asked = 0;
const waiting = new Map<number, Waiting>();

/** Loads the worker, so that it is there when the network is not. */
export function prepareVerifier(): void {
  worker ??= start();
}

/** One worker for the tab, made when something is first verified. @throws Error when it breaks or takes two minutes */
export async function verify<Ask extends VerifyAsk>(ask: Ask): Promise<AnswerTo<Ask>> {
  worker ??= start();
  const id = ++asked;
  const { promise, resolve, reject } = Promise.withResolvers<VerifyAnswer>();
  waiting.set(id, { resolve, reject });
  const timer = setTimeout(() => fail(new Error("verifying took too long")), TIMEOUT_MS);
  worker.postMessage({ id, ask });
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

/** Whoever waits is told, and the next question starts another. */
function fail(error: Error): void {
  worker?.terminate();
  worker = undefined;
  for (const { reject } of waiting.values()) reject(error);
}
