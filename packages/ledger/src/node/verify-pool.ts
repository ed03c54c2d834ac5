import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { CheckpointMemory } from "../checkpoint-memory.ts";
import { LedgerError } from "../ledger-error.ts";
import { verifyBundle } from "../verify-bundle.ts";
import type { VerifiedReceipt, VerifyOptions } from "../verify-bundle.ts";
import { createNodeCrypto } from "./node-crypto.ts";
import type { Verdict } from "./verify-worker.ts";

/** Few bundles are done before a thread has started. */
const ALONE = 64;
/** In one message: each costs a thread 20 µs or more, besides what is in it. */
const TOGETHER = 16;
const MAX_THREADS = 16;

/** Verifies many bundles, each as `verifyBundle` does. Life: opened → `verify` … → disposed. */
export interface VerifyPool extends AsyncDisposable {
  /** All that are asked for at a time are in memory: callers bound how many. @throws LedgerError */
  verify(bundle: string): Promise<VerifiedReceipt>;
}

export interface VerifyPoolOptions extends Pick<VerifyOptions, "trust" | "witnesses"> {
  /** Default: one for each processor. */
  readonly threads?: number;
  /** How many are verified on the calling thread before others start. */
  readonly alone?: number;
}

/** The first bundles are verified on the calling thread; if there are many, further ones on threads. */
export function openVerifyPool(options: VerifyPoolOptions = {}): VerifyPool {
  return new ThreadedVerifyPool(options);
}

interface Waiting {
  readonly bundle: string;
  readonly resolve: (receipt: VerifiedReceipt) => void;
  readonly reject: (error: unknown) => void;
}

interface Thread {
  readonly worker: Worker;
  /** Answered in this order. */
  readonly asked: Waiting[][];
}

class ThreadedVerifyPool implements VerifyPool {
  readonly #options: VerifyPoolOptions;
  readonly #crypto = createNodeCrypto();
  readonly #checkpoints: CheckpointMemory = new CheckpointMemory();
  readonly #threads: Thread[] = [];
  #gathered: Waiting[] = [];
  #verified = 0;
  #failure: Error | undefined;

  readonly #policy: Pick<VerifyOptions, "trust" | "witnesses">;

  constructor(options: VerifyPoolOptions) {
    const { trust, witnesses } = options;
    this.#options = options;
    this.#policy = { ...(trust === undefined ? {} : { trust }), ...(witnesses === undefined ? {} : { witnesses }) };
  }

  async verify(bundle: string): Promise<VerifiedReceipt> {
    if (this.#verified++ < (this.#options.alone ?? ALONE)) {
      return await verifyBundle(bundle, { ...this.#policy, crypto: this.#crypto, checkpoints: this.#checkpoints });
    }
    if (this.#failure !== undefined) throw this.#failure;
    return await new Promise((resolve, reject) => {
      this.#gathered.push({ bundle, resolve, reject });
      if (this.#gathered.length >= TOGETHER) this.#ask();
      // What comes within one turn of the event loop goes out together.
      else if (this.#gathered.length === 1) setImmediate(() => this.#ask());
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#threads.map(async ({ worker }) => await worker.terminate()));
  }

  #ask(): void {
    const bundles = this.#gathered;
    if (bundles.length === 0) return;
    this.#gathered = [];
    const thread = this.#leastBusy();
    thread.asked.push(bundles);
    thread.worker.postMessage(bundles.map(({ bundle }) => bundle));
  }

  #leastBusy(): Thread {
    const [freest] = [...this.#threads].sort((a, b) => a.asked.length - b.asked.length);
    const most = Math.min(this.#options.threads ?? availableParallelism(), MAX_THREADS);
    if (freest !== undefined && (freest.asked.length === 0 || this.#threads.length >= most)) return freest;
    const started = this.#start();
    this.#threads.push(started);
    return started;
  }

  #start(): Thread {
    const worker = new Worker(new URL("verify-worker.ts", import.meta.url), { workerData: this.#policy });
    const thread: Thread = { worker, asked: [] };
    worker.on("message", (verdicts: readonly Verdict[]) => {
      for (const [i, { resolve, reject }] of (thread.asked.shift() ?? []).entries()) {
        const verdict = verdicts[i];
        if (verdict === undefined) reject(new Error("a thread that verifies lost a bundle"));
        else if ("receipt" in verdict) resolve(verdict.receipt);
        else reject(toError(verdict.refused));
      }
    });
    // A thread that dies takes the pool with it: nothing that was not looked at may count as verified.
    const gone = (error: Error): void => {
      this.#failure = error;
      for (const { reject } of thread.asked.splice(0).flat()) reject(error);
    };
    worker.on("error", (error) => gone(error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => gone(new Error("a thread that verifies ended")));
    return thread;
  }
}

function toError({ check, message, index }: Extract<Verdict, { readonly refused: unknown }>["refused"]): LedgerError {
  return new LedgerError(check, message, index === undefined ? {} : { index });
}
