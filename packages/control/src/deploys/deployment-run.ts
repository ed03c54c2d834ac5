import { PlatformError, isPlatformError } from "@berth/protocol";
import type { Scrubber } from "@berth/runtime";
import type { DeploymentRecord, DeploymentStatus, DeploymentStep } from "@berth/store";
import type { DeploymentEvent } from "./deploys.ts";

const MAX_LOG_BYTES = 200_000;
const MAX_EVENTS = 5_000;

/** A deployment under way: its record, the events that tell of it, and those who follow. */
export class DeploymentRun {
  #record: DeploymentRecord;
  readonly #events: DeploymentEvent[] = [];
  readonly #listeners = new Set<() => void>();
  readonly #now: () => Date;
  readonly controller: AbortController = new AbortController();
  #seq = 0;
  #scrubber: Pick<Scrubber, "text" | "json"> | undefined;

  constructor(record: DeploymentRecord, now: () => Date) {
    this.#record = record;
    this.#now = now;
  }

  get record(): DeploymentRecord {
    return this.#record;
  }

  /** From now on what is told of it holds none of these. */
  scrubBy(scrubber: Pick<Scrubber, "text" | "json">): void {
    this.#scrubber = scrubber;
  }

  get done(): boolean {
    return this.#record.status !== "running";
  }

  update(change: Pick<Partial<DeploymentRecord>, "agentName" | "releaseId" | "evals">): void {
    this.#record = { ...this.#record, ...change, updatedAt: this.#now().toISOString() };
  }

  /** Runs a step; its time and outcome are told. @throws what `work` throws, with the step noted on the record. */
  async step<T>(name: string, work: () => Promise<T>): Promise<T> {
    this.controller.signal.throwIfAborted();
    const startedAt = this.#now();
    this.#setStep({ name, status: "running", startedAt: startedAt.toISOString() });
    const ended = (status: "done" | "failed"): void =>
      this.#setStep({
        name,
        status,
        startedAt: startedAt.toISOString(),
        ms: this.#now().getTime() - startedAt.getTime(),
      });
    try {
      const result = await work();
      ended("done");
      return result;
    } catch (error) {
      ended("failed");
      throw error;
    }
  }

  log(text: string): void {
    const clean = this.#scrubber?.text(text) ?? text;
    const line = clean.endsWith("\n") ? clean : `${clean}\n`;
    this.#record = { ...this.#record, log: clip(this.#record.log + line) };
    this.#emit({ kind: "log", text: line });
  }

  finish(status: Exclude<DeploymentStatus, "running">, error?: unknown): void {
    const failedStep = this.#record.steps.find((step) => step.status === "failed")?.name;
    const plain = error === undefined ? undefined : tellable(error);
    const told = plain === undefined ? undefined : (this.#scrubber?.json(plain) ?? plain);
    this.#record = {
      ...this.#record,
      status,
      updatedAt: this.#now().toISOString(),
      ...(told === undefined ? {} : { error: { ...told, ...(failedStep === undefined ? {} : { step: failedStep }) } }),
    };
    this.#emit({ kind: "done", deployment: this.#record });
  }

  eventsAfter(seq: number): readonly DeploymentEvent[] {
    return this.#events.filter((event) => event.seq > seq);
  }

  async moved(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted === true) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#listeners.add(resolve);
    signal?.addEventListener("abort", () => resolve(), { once: true });
    await promise;
    this.#listeners.delete(resolve);
  }

  #setStep(step: DeploymentStep): void {
    const others = this.#record.steps.filter((known) => known.name !== step.name);
    this.#record = { ...this.#record, steps: [...others, step], updatedAt: this.#now().toISOString() };
    this.#emit({ kind: "step", step });
  }

  #emit(event: WithoutSeq<DeploymentEvent>): void {
    this.#seq += 1;
    this.#events.push({ ...event, seq: this.#seq });
    // Steps and the end matter more than old output.
    if (this.#events.length > MAX_EVENTS) {
      const oldestLog = this.#events.findIndex(({ kind }) => kind === "log");
      this.#events.splice(Math.max(oldestLog, 0), 1);
    }
    for (const listener of this.#listeners) listener();
  }
}

type WithoutSeq<T> = T extends unknown ? Omit<T, "seq"> : never;

function clip(log: string): string {
  if (log.length <= MAX_LOG_BYTES) return log;
  const half = MAX_LOG_BYTES / 2;
  return `${log.slice(0, half)}\n… ${log.length - MAX_LOG_BYTES} characters left out …\n${log.slice(-half)}`;
}

function tellable(error: unknown): { readonly reason: string; readonly message: string } {
  if (isPlatformError(error)) {
    const hint = error.hint === undefined ? "" : ` ${error.hint}`;
    return { reason: error.reason, message: `${error.message}${hint}` };
  }
  return tellable(
    new PlatformError("INTERNAL", "The deployment failed for a reason inside the platform; its log has more."),
  );
}
