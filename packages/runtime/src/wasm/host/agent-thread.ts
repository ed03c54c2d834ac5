import { Worker } from "node:worker_threads";
import { GuestFault } from "./guest-memory.ts";
import { Cell, CELLS, PAGE_BYTES } from "./worker-messages.ts";
import type { FromWorker, ToWorker } from "./worker-messages.ts";

export interface ThreadUser {
  readonly onLine: (stream: "stdout" | "stderr", text: string) => void;
  /** Answers an operation; never rejects. */
  readonly operate: (callId: number, op: string, json: string) => Promise<string>;
  /** The thread is gone, and every call on it. */
  readonly onEnd: (why: string) => void;
}

export interface CallResult {
  readonly json: string;
  readonly fuel: number;
}

interface Pending {
  resolve(result: CallResult): void;
  reject(error: Error): void;
}

const LOOK_MS = 500;
/** Kept at most. */
const SPARES = 4;
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };

/**
 * The thread of one agent. Its code gives way after each slice of instructions, so it answers always; where it does not
 * for `stallMs`, V8 itself is at work on something that a module made too large, and the thread is ended.
 */
export class AgentThread {
  readonly #worker: Worker;
  readonly #cells = new Int32Array(new SharedArrayBuffer(CELLS * 4));
  readonly #calls = new Map<number, Pending>();
  readonly #watch: NodeJS.Timeout;
  #user: ThreadUser | undefined;
  #lastCall = 0;
  #over = false;

  /** `program`: what runs on it. */
  constructor(stallMs: number, program: URL = new URL("./worker.ts", import.meta.url)) {
    this.#worker = new Worker(program, {
      env: {},
      workerData: this.#cells,
      resourceLimits: LIMITS,
    });
    this.#worker.on("message", (message: FromWorker) => this.#take(message));
    this.#worker.on("error", (error: unknown) => this.#end(`its thread failed: ${String(error)}`));
    this.#worker.on("exit", () => this.#end("its thread ended"));
    this.#watch = this.#watchBeats(stallMs);
  }

  get isBusy(): boolean {
    return this.#calls.size > 0;
  }

  get isOver(): boolean {
    return this.#over;
  }

  get memoryBytes(): number {
    return Atomics.load(this.#cells, Cell.MemoryPages) * PAGE_BYTES;
  }

  async cpuMs(): Promise<number> {
    const { user, system } = await this.#worker.cpuUsage();
    return Math.round((user + system) / 1_000);
  }

  use(user: ThreadUser | undefined): void {
    this.#user = user;
  }

  tell(message: ToWorker): void {
    if (!this.#over) this.#worker.postMessage(message);
  }

  /** @throws GuestFault with what the agent did wrong */
  call(message: { readonly kind: "describe" } | { readonly kind: "handle"; readonly json: string }): {
    readonly callId: number;
    readonly result: Promise<CallResult>;
  } {
    this.#lastCall++;
    const callId = this.#lastCall;
    const result = new Promise<CallResult>((resolve, reject) => {
      if (this.#over) reject(new GuestFault("its thread ended"));
      else this.#calls.set(callId, { resolve, reject });
    });
    this.tell({ ...message, callId });
    return { callId, result };
  }

  async terminate(): Promise<void> {
    await this.#worker.terminate();
  }

  #take(message: FromWorker): void {
    switch (message.kind) {
      case "line":
        this.#user?.onLine(message.stream, message.text);
        break;
      case "op":
        void this.#user
          ?.operate(message.callId, message.op, message.json)
          .then((json) => this.tell({ kind: "answer", opId: message.opId, json }));
        break;
      case "done":
        this.#calls.get(message.callId)?.resolve(message);
        this.#calls.delete(message.callId);
        break;
      case "failed":
        this.#calls.get(message.callId)?.reject(new GuestFault(message.message, message.reason));
        this.#calls.delete(message.callId);
        break;
    }
  }

  #watchBeats(stallMs: number): NodeJS.Timeout {
    let seen = -1;
    let since = performance.now();
    return setInterval(() => {
      const beats = Atomics.load(this.#cells, Cell.Beats);
      const now = performance.now();
      if (beats !== seen) [seen, since] = [beats, now];
      else if (now - since > stallMs) {
        this.#end(`it did not give way for ${stallMs / 1_000} s`);
        void this.#worker.terminate();
      }
    }, LOOK_MS).unref();
  }

  #end(why: string): void {
    if (this.#over) return;
    this.#over = true;
    clearInterval(this.#watch);
    for (const call of this.#calls.values()) call.reject(new GuestFault(why));
    this.#calls.clear();
    this.#user?.onEnd(why);
  }
}

/** Threads that are started before they are needed: a start takes longer than everything else of a wake. */
export class ThreadPool {
  readonly #spare: AgentThread[] = [];
  readonly #stallMs: number;

  constructor(stallMs: number) {
    this.#stallMs = stallMs;
    this.#refill();
  }

  take(): AgentThread {
    const thread = this.#spare.pop() ?? new AgentThread(this.#stallMs);
    setImmediate(() => this.#refill());
    return thread;
  }

  /** A thread that did nothing wrong serves the next agent of the organization. */
  async giveBack(thread: AgentThread): Promise<void> {
    thread.use(undefined);
    if (thread.isBusy || thread.isOver || this.#spare.length >= SPARES) return await thread.terminate();
    thread.tell({ kind: "thaw" });
    thread.tell({ kind: "reset" });
    this.#spare.push(thread);
  }

  #refill(): void {
    for (let index = this.#spare.length - 1; index >= 0; index--) {
      if (this.#spare[index]?.isOver === true) this.#spare.splice(index, 1);
    }
    if (this.#spare.length < 1) this.#spare.push(new AgentThread(this.#stallMs));
  }
}
