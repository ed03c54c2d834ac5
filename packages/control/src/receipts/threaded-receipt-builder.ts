import { Worker } from "node:worker_threads";
import type { ReceiptOrder } from "./build-receipt.ts";
import type { BuiltReceipt, ReceiptBuilder } from "./receipt-builder.ts";

/** A thread takes 28 MB and a tenth of a second to start: it stays while there is work, and is not there when idle. */
const IDLE_MS = 60_000;

/** A builder with a thread to end. */
export interface ThreadedReceiptBuilder extends ReceiptBuilder {
  /** Twice is harmless. */
  close(): Promise<void>;
}

interface Waiting {
  readonly resolve: (built: readonly BuiltReceipt[]) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Builds on a thread of its own, which reads the keys of `keysFolder` itself: hashing and signing cost callers' requests
 * nothing. The thread starts with the first `build`; one that dies is replaced at the next.
 */
export function createThreadedReceiptBuilder(
  keysFolder: string,
  { idleMs = IDLE_MS }: { readonly idleMs?: number } = {},
): ThreadedReceiptBuilder {
  return new BuilderThread(keysFolder, idleMs);
}

class BuilderThread implements ThreadedReceiptBuilder {
  readonly #keysFolder: string;
  readonly #idleMs: number;
  /** Answers come in the order of the questions. */
  #waiting: Waiting[] = [];
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  #closed = false;
  #stale = false;

  constructor(keysFolder: string, idleMs: number) {
    this.#keysFolder = keysFolder;
    this.#idleMs = idleMs;
  }

  async build(orders: readonly ReceiptOrder[]): Promise<readonly BuiltReceipt[]> {
    if (this.#closed) throw new Error("the builder of receipts is closed");
    clearTimeout(this.#idle);
    this.#worker ??= this.#start();
    this.#worker.postMessage(orders);
    return await new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
  }

  /** Another thread reads the keys anew; this one ends when it has answered. */
  reload(): void {
    this.#stale = true;
    if (this.#waiting.length === 0) this.#rest();
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearTimeout(this.#idle);
    await this.#worker?.terminate();
  }

  #start(): Worker {
    const worker = new Worker(new URL("receipt-worker.ts", import.meta.url), {
      workerData: { keysFolder: this.#keysFolder },
    });
    worker.on("message", (built: readonly BuiltReceipt[]) => this.#answer(built));
    worker.on("error", (error) => this.#gone(worker, error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => this.#gone(worker, new Error("the thread that builds receipts ended")));
    return worker;
  }

  #answer(built: readonly BuiltReceipt[]): void {
    this.#waiting.shift()?.resolve(built);
    if (this.#waiting.length > 0 || this.#closed) return;
    clearTimeout(this.#idle);
    if (this.#stale) return this.#rest();
    this.#idle = setTimeout(() => this.#rest(), this.#idleMs);
  }

  #rest(): void {
    const worker = this.#worker;
    // Forgotten first: a build that comes while it ends starts another.
    this.#worker = undefined;
    this.#stale = false;
    void worker?.terminate();
  }

  #gone(worker: Worker, error: Error): void {
    // A thread that fails says so and then exits; by that time there may be another.
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
