import { PlatformError, isPlatformError } from "@berth/protocol";
import type { JsonObject, Principal } from "@berth/protocol";
import type { ReadCard } from "@berth/runtime";
import { hasEnded } from "@berth/store";
import type { DeploymentRecord, DeploymentStep, Store } from "@berth/store";
import type { DeploymentLog } from "./deployment-log.ts";
import type { QueuedDeployment } from "./deployment-queue.ts";
import type { StepOutputs } from "./steps/deployment-step.ts";

/** How long a store that does not answer is asked again before the deployment is left to a later try. */
const SAVE_TRIES = 120;
const SAVE_PAUSE_MS = 250;

export interface DeploymentRunOptions {
  readonly store: Pick<Store["deployments"], "save">;
  readonly log: DeploymentLog;
  readonly now: () => Date;
  /** Its record has changed. */
  readonly onChange: () => void;
}

/** A deployment that has not ended: its record as it is kept, its log, and what is known of it in this process only. */
export class DeploymentRun implements QueuedDeployment {
  readonly log: DeploymentLog;
  readonly controller: AbortController = new AbortController();
  /** Resolves when this process is done with it. */
  readonly ended: Promise<void>;
  readonly end: () => void;
  /** Whoever it is done for, with the rights of now. */
  principal: Principal;
  /** What its instance said of itself in this process. */
  read: ReadCard | undefined;
  /** The agent has this release already. */
  isUnchanged = false;
  /** Its release is known to everybody: it cannot be undone any more. */
  isPublished = false;
  /** Steps whose outputs are known to be there: done or looked at by this process. */
  readonly checked: Set<string> = new Set();
  #record: DeploymentRecord;
  #saving: Promise<void> = Promise.resolve();
  readonly #options: DeploymentRunOptions;

  constructor(record: DeploymentRecord, options: DeploymentRunOptions) {
    this.#record = record;
    this.#options = options;
    this.log = options.log;
    this.principal = record.principal;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ended = promise;
    this.end = resolve;
  }

  get record(): DeploymentRecord {
    return this.#record;
  }

  get deploymentId(): string {
    return this.#record.deploymentId;
  }

  get orgId(): string {
    return this.#record.orgId;
  }

  get agentName(): string | undefined {
    return this.#record.agentName;
  }

  get isFetched(): boolean {
    return this.output("fetch") !== undefined;
  }

  get isCanceled(): boolean {
    return this.signal.aborted;
  }

  get hasEnded(): boolean {
    return hasEnded(this.#record);
  }

  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** Of a step that is done. */
  output<N extends keyof StepOutputs>(name: N): StepOutputs[N] | undefined {
    const step = this.#record.steps.find((each) => each.name === name);
    // Written by the step of this name, which gives this type; it is plain JSON.
    return step?.status === "done" ? (step.output as StepOutputs[N] | undefined) : undefined;
  }

  stepOf(name: string): DeploymentStep | undefined {
    return this.#record.steps.find((each) => each.name === name);
  }

  /** Of a step that must have been done by now. */
  done<N extends keyof StepOutputs>(name: N): StepOutputs[N] {
    const output = this.output(name);
    if (output === undefined) throw new Error(`${this.deploymentId}: the step ${name} has no output`);
    return output;
  }

  /** Durable when it resolves. @throws STORE_UNAVAILABLE when the store has not answered for a while. */
  async update(change: Partial<DeploymentRecord>): Promise<void> {
    this.#record = { ...this.#record, ...change, updatedAt: this.#options.now().toISOString() };
    // One after the other: what is saved last is what was said last.
    const saved = this.#saving.then(async () => await this.#save());
    this.#saving = saved.catch(() => undefined);
    await saved;
    this.#options.onChange();
  }

  /** With everything that its step has said. */
  async setStep(step: DeploymentStep, change: Partial<DeploymentRecord> = {}): Promise<void> {
    const { steps } = this.#record;
    const isKnown = steps.some(({ name }) => name === step.name);
    const next = isKnown ? steps.map((each) => (each.name === step.name ? step : each)) : [...steps, step];
    await this.log.flush().catch(() => undefined); // what is not kept yet is tried again
    await this.update({ ...change, steps: next });
  }

  say(text: string, step: string = this.#current()): void {
    this.log.write(step, "platform", text);
  }

  print(text: string): void {
    this.log.write(this.#current(), "stdout", text);
  }

  #current(): string {
    const { steps } = this.#record;
    return (steps.findLast(({ status }) => status === "running") ?? steps.at(-1))?.name ?? "";
  }

  async #save(): Promise<void> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.#options.store.save(this.#record);
        return;
      } catch (error) {
        if (!isPlatformError(error) || !error.retryable || tries >= SAVE_TRIES) throw error;
        await new Promise((resolve) => setTimeout(resolve, SAVE_PAUSE_MS));
      }
    }
  }
}

/** What may be told of an error, and to everybody. */
export function tellable(error: unknown): { readonly reason: string; readonly message: string } {
  if (isPlatformError(error)) {
    const { reason, message, hint } = error;
    if (hint === undefined) return { reason, message };
    // What a compiler said last is no sentence.
    return { reason, message: `${message}${/[.!?]$/.test(message) ? "" : "."} ${hint}` };
  }
  return tellable(
    new PlatformError("INTERNAL", "The deployment failed for a reason inside the platform; its log has more."),
  );
}

/** Outputs are plain JSON by their types; an interface has no index signature to say so. */
export function asJson(output: object): JsonObject {
  return output as JsonObject;
}
