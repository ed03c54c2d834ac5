import { setTimeout as delay } from "node:timers/promises";
import type { Instance, InstanceBoot, InstanceExit } from "../sandbox-driver.ts";
import type { Cage, ProcessEnd } from "./cage.ts";
import type { OutputLines } from "./output-lines.ts";

export interface RunningInstanceOptions {
  readonly instanceId: string;
  readonly releaseId: string;
  readonly startedAt: number;
  readonly cage: Cage;
  readonly output: OutputLines;
  /** Removes everything that belongs to the instance. Never rejects. */
  readonly dispose: () => Promise<void>;
}

/** A started agent: waits for its end, whoever causes it, and cleans up exactly once. */
export class RunningInstance implements Instance {
  readonly instanceId: string;
  readonly releaseId: string;
  readonly startedAt: number;
  readonly socketPath: string;
  readonly headers?: { readonly [name: string]: string };
  readonly boot?: InstanceBoot;
  readonly exited: Promise<InstanceExit>;
  readonly #cage: Cage;
  readonly #stopWasAsked = new AbortController();

  constructor(options: RunningInstanceOptions) {
    this.instanceId = options.instanceId;
    this.releaseId = options.releaseId;
    this.startedAt = options.startedAt;
    this.socketPath = options.cage.socketPath;
    if (options.cage.headers !== undefined) this.headers = options.cage.headers;
    if (options.cage.boot !== undefined) this.boot = options.cage.boot;
    this.#cage = options.cage;
    this.exited = this.#finish(options);
  }

  async stop(graceMs: number): Promise<void> {
    if (!this.#stopWasAsked.signal.aborted) {
      this.#stopWasAsked.abort();
      await this.#cage.thaw().catch(() => {});
      if (this.#cage.terminate()) await this.#endsWithin(graceMs);
      await this.#cage.kill();
    }
    await this.exited;
  }

  freeze(): Promise<void> {
    return this.#cage.freeze();
  }

  thaw(): Promise<void> {
    return this.#cage.thaw();
  }

  stats(): Promise<{ readonly rssBytes: number; readonly cpuMs: number; readonly processes: number }> {
    return this.#cage.usage();
  }

  async #finish(options: RunningInstanceOptions): Promise<InstanceExit> {
    const end = await this.#cage.ended;
    const outOfMemory = await options.cage.ranOutOfMemory().catch(() => false);
    await options.dispose();
    return {
      reason: this.#reason(outOfMemory || gotNoMemory(end, options.output.tail)),
      exitCode: end.code,
      signal: end.signal,
      lastOutput: options.output.tail,
    };
  }

  #reason(outOfMemory: boolean): InstanceExit["reason"] {
    if (this.#stopWasAsked.signal.aborted) return "STOPPED";
    return outOfMemory ? "AGENT_OUT_OF_MEMORY" : "AGENT_CRASHED";
  }

  async #endsWithin(ms: number): Promise<void> {
    const timer = new AbortController();
    await Promise.race([this.#cage.ended, delay(ms, undefined, { signal: timer.signal }).catch(() => {})]);
    timer.abort();
  }
}

/** How the ends of Node, V8, C++, Go and Python begin when they get no more memory, from the heap's limit or the process's. */
const NO_MEMORY =
  /JavaScript heap out of memory|Fatal process out of memory|Array buffer allocation failed|ERR_MEMORY_ALLOCATION_FAILED|std::bad_alloc|runtime: (?:out of|cannot allocate) memory|^MemoryError/m;

/** The process ends itself where a limit makes an allocation fail. An agent that fakes the line only misnames its own crash. */
export function gotNoMemory(end: ProcessEnd, lastOutput: string): boolean {
  return end.code !== 0 && NO_MEMORY.test(lastOutput);
}
