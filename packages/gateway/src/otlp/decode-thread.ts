import { Worker } from "node:worker_threads";
import { PlatformError } from "@berth/protocol";
import type { Reason } from "@berth/protocol";
import type { OtlpBatch, OtlpEncoding, OtlpSignal, SignalRecords } from "@berth/telemetry";

export interface DecodeQuestion {
  readonly signal: OtlpSignal;
  readonly encoding: OtlpEncoding;
  readonly bytes: Uint8Array;
  readonly receivedUs: number;
}

type AnyRecord = SignalRecords[OtlpSignal];

export type DecodeAnswer =
  | { readonly type: "part"; readonly records: readonly AnyRecord[] }
  | { readonly type: "end"; readonly rest: Omit<OtlpBatch, "records"> }
  | { readonly type: "refused"; readonly reason: Reason; readonly message: string }
  | { readonly type: "broken"; readonly message: string };

interface Waiting {
  readonly records: AnyRecord[];
  readonly resolve: (batch: OtlpBatch) => void;
  readonly reject: (error: Error) => void;
}

const MAX_WAITING = 16;
const IDLE_MS = 10_000;

/**
 * Reads large requests on a thread of its own, so that other callers do not wait for it. The thread starts with the first
 * one, ends when it has been idle for a while, and keeps no process alive; one that dies is replaced at the next.
 */
export class DecodeThread {
  /** Answers come in the order of the questions. */
  #waiting: Waiting[] = [];
  #worker: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;

  /** @throws RATE_LIMITED when too many wait, and what `readOtlp` throws */
  async read(question: DecodeQuestion): Promise<OtlpBatch> {
    if (this.#waiting.length >= MAX_WAITING) {
      throw new PlatformError("RATE_LIMITED", "Too much telemetry arrives at once.", { retryable: true });
    }
    clearTimeout(this.#idle);
    const worker = (this.#worker ??= this.#start());
    const batch = new Promise<OtlpBatch>((resolve, reject) => {
      this.#waiting.push({ records: [], resolve, reject });
    });
    worker.postMessage(question);
    return await batch;
  }

  #start(): Worker {
    const worker = new Worker(new URL("decode-worker.ts", import.meta.url));
    worker.on("message", (answer: DecodeAnswer) => this.#take(answer));
    worker.on("error", (error) => this.#gone(worker, error instanceof Error ? error : new Error(String(error))));
    worker.on("exit", () => this.#gone(worker, new Error("the thread that reads telemetry ended")));
    worker.unref();
    return worker;
  }

  #take(answer: DecodeAnswer): void {
    const [asked] = this.#waiting;
    if (asked === undefined) return;
    if (answer.type === "part") {
      for (const record of answer.records) asked.records.push(record);
      return;
    }
    this.#waiting.shift();
    // All of the one signal that was asked for.
    if (answer.type === "end") asked.resolve({ ...answer.rest, records: asked.records } as OtlpBatch);
    else if (answer.type === "refused") asked.reject(new PlatformError(answer.reason, answer.message));
    else asked.reject(new Error(answer.message));
    if (this.#waiting.length === 0) this.#idle = setTimeout(() => this.#rest(), IDLE_MS).unref();
  }

  #rest(): void {
    const worker = this.#worker;
    // Forgotten first: a request that comes while it ends starts another.
    this.#worker = undefined;
    void worker?.terminate();
  }

  #gone(worker: Worker, error: Error): void {
    // A thread that fails says so and then exits; by that time there may be another.
    if (this.#worker !== worker) return;
    this.#worker = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(error);
  }
}
