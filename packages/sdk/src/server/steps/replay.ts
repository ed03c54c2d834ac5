import { setTimeout as pause } from "node:timers/promises";
import { addRunUsage } from "@berth/protocol";
import type { EmissionMark, JsonValue, Message, RunUsage, TaskState } from "@berth/protocol";
import { ServiceError, StepFailedError, TaskCanceledError } from "../../context.ts";
import type { StepContext, StepOptions } from "../../context.ts";
import { currentStep } from "./attempt.ts";
import { Compensations } from "./compensations.ts";
import type { Journal, KeptStep, StepWrite } from "./journal.ts";
import { Marks } from "./marks.ts";
import { runStep } from "./run-step.ts";

/** Shorter waits are done in the process. */
const IN_PROCESS_MS = 2_000;

export interface Question {
  readonly state: TaskState;
  readonly message: Message;
  readonly mark: EmissionMark;
}

export interface ReplayOptions {
  readonly journal: Journal;
  readonly signal: AbortSignal;
  /** The execution ends here; another goes on when one of these is over. */
  readonly suspend: (waits: readonly string[], question: Question | undefined) => void;
  /** Another execution has taken this one's place: it ends without a word. */
  readonly abandon: () => void;
  readonly addUsage: (usage: RunUsage) => void;
}

interface Operation {
  readonly key: string;
  readonly position?: number;
  readonly known: KeptStep | undefined;
}

/**
 * One execution of a durable run. The skill runs from its start; each operation has a key (its name and how often the
 * name came before) and what the journal has under that key is given instead of done again. Operations that wait are
 * left to the platform as soon as nothing else of the run is under way.
 */
export class Replay {
  readonly #options: ReplayOptions;
  readonly #journal: Journal;
  readonly #counts = new Map<string, number>();
  readonly #marks: Marks;
  readonly #waits = new Map<string, Question | undefined>();
  readonly #undo: Compensations;
  readonly #running = new Set<Promise<unknown>>();
  readonly #stopped = Promise.withResolvers<never>();
  readonly #over = Promise.withResolvers<void>();
  #started = 0;
  #underWay = 0;
  #isOver = false;

  constructor(options: ReplayOptions) {
    this.#options = options;
    this.#journal = options.journal;
    this.#marks = new Marks(options.journal);
    this.#undo = new Compensations(options.journal, async (step) => await this.#write(step));
    this.#stopped.promise.catch(() => undefined);
  }

  /** Rejects when the skill must not go on, whatever it would do next. */
  get stopped(): Promise<never> {
    return this.#stopped.promise;
  }

  /** The execution ended without ending the run. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  get isCanceling(): boolean {
    return this.#journal.canceling;
  }

  get suspends(): boolean {
    return this.#journal.suspends;
  }

  /** Of the next thing that is shown; undefined: callers have seen it. */
  mark(): EmissionMark | undefined {
    return this.#marks.next();
  }

  async step<T>(name: string, fn: (step: StepContext) => T | Promise<T>, options: StepOptions<T>): Promise<T> {
    const operation = await this.#begin(`step:${name}`);
    const { key, known } = operation;
    if (known?.phase === "done" || known?.final === true) {
      if (known.usage !== undefined) this.#options.addUsage(known.usage);
      await this.#replayed();
      // A failed step fails again: whoever wrote the skill decided what that means.
      if (known.final === true) throw new StepFailedError(name, known.error ?? "It failed.");
      return this.#finish(key, known.result, options);
    }
    const waits = known?.phase === "failed" && known.due !== true;
    if (this.isCanceling || waits) return await this.#wait(key);
    const running = runStep({
      ...operation,
      fn,
      options,
      signal: this.#options.signal,
      maxPauseMs: this.suspends ? IN_PROCESS_MS : Infinity,
      write: async (step) => await this.#write(step),
      onTry: () => this.#marks.again(key),
    });
    this.#running.add(running);
    const end = await running.finally(() => this.#running.delete(running));
    if ("waits" in end) return await this.#wait(key);
    this.#ended();
    if ("error" in end) throw new StepFailedError(name, end.said, { cause: end.error });
    return this.#finish(key, end.kept, options);
  }

  async sleep(wish: { readonly inSeconds: number } | { readonly until: string }): Promise<void> {
    const operation = await this.#begin("sleep:");
    const { key, known } = operation;
    if (known?.due === true) return await this.#replayed();
    if (this.isCanceling) return await this.#wait(key);
    const { until = "" } =
      known ?? (await this.#write({ ...placeOf(operation), op: "sleep", phase: "started", ...wish }));
    for (let left = Date.parse(until) - Date.now(); left > 0; left = Date.parse(until) - Date.now()) {
      if (this.suspends && left > IN_PROCESS_MS) return await this.#wait(key);
      await pause(Math.min(left, 2 ** 31 - 1), undefined, { signal: this.#options.signal });
    }
    this.#ended();
  }

  /** The caller's answer; another execution gets it. */
  async ask(question: Omit<Question, "mark">): Promise<Message> {
    if ([...this.#waits.values()].some((open) => open !== undefined)) {
      throw new Error("This task waits for an answer already; ask one thing at a time.");
    }
    const { key } = await this.#begin("ask:");
    const mark = this.#marks.ofQuestion();
    const answer = this.#journal.answer(key);
    if (answer === undefined) {
      if (this.isCanceling) return await this.#wait(key);
      return await this.#wait(key, { ...question, mark: { ...mark, ask: key } });
    }
    await this.#replayed();
    return answer;
  }

  /**
   * Something that the platform does once per key: `act` asks for it, and gives undefined when it takes long. `shown` is
   * what callers see meanwhile.
   */
  async leave<T>(
    { name, shows }: { readonly name: string; readonly shows: boolean },
    act: (place: {
      readonly execution: number;
      readonly key: string;
      readonly position?: number;
    }) => Promise<{ readonly result: T } | { readonly pending: Omit<Question, "mark"> | undefined }>,
  ): Promise<T> {
    const operation = await this.#begin(name);
    const mark = shows ? this.#marks.ofQuestion() : undefined;
    if (operation.known === undefined && this.isCanceling) return await this.#wait(operation.key);
    const outcome = await this.#left(act({ ...placeOf(operation), execution: this.#journal.execution }));
    if ("result" in outcome) {
      this.#ended();
      return outcome.result;
    }
    const { pending } = outcome;
    const question = pending === undefined || mark === undefined ? undefined : { ...pending, mark };
    return await this.#wait(operation.key, question);
  }

  use(usage: RunUsage): void {
    const scope = currentStep.getStore();
    if (scope !== undefined) {
      const sum = addRunUsage(scope.usage ?? { inputTokens: 0, outputTokens: 0 }, usage);
      if (typeof sum === "string") throw new Error(`This step has used more than a run can: ${sum}.`);
      scope.usage = sum;
    }
    this.#options.addUsage(usage);
  }

  /** What the finished steps ask for. Those that run are waited for: they may have to be undone too. */
  async compensate(log: (key: string, error: unknown) => void): Promise<void> {
    await Promise.allSettled(this.#running);
    await this.#undo.run(log);
  }

  #finish<T>(key: string, result: JsonValue | undefined, { compensate }: StepOptions<T>): T {
    // The JSON of what `fn` gave: its type, where that is JSON.
    const value = result as T;
    if (compensate !== undefined) this.#undo.add(key, () => compensate(value));
    return value;
  }

  /** @throws Error inside of a step */
  async #begin(name: string): Promise<Operation> {
    if (currentStep.getStore() !== undefined) {
      throw new Error("A step is one thing that is done: inside of it there are no steps, waits, questions or calls.");
    }
    if (this.#isOver) return await forever();
    this.#options.signal.throwIfAborted();
    const occurrence = (this.#counts.get(name) ?? 0) + 1;
    this.#counts.set(name, occurrence);
    const key = `${name.endsWith(":") ? name.slice(0, -1) : name}#${occurrence}`;
    this.#started += 1;
    // Where others are under way, the order in which they begin is not the code's alone.
    const position = this.#underWay === 0 ? this.#started : undefined;
    this.#underWay += 1;
    const known = this.#journal.find(key);
    const there = position === undefined ? undefined : this.#journal.at(position);
    if (there !== undefined && there.key !== key) return await this.#stop(mismatch(position ?? 0, there.key, key));
    return { key, known, ...(position === undefined ? {} : { position }) };
  }

  /** What was refused is over, and the skill goes on with that. */
  async #left<T>(asked: Promise<T>): Promise<T> {
    try {
      return await this.#guard(asked);
    } catch (error) {
      this.#ended();
      throw error;
    }
  }

  async #write(step: StepWrite): Promise<{ readonly until?: string }> {
    return await this.#guard(this.#journal.write(step));
  }

  async #guard<T>(asked: Promise<T>): Promise<T> {
    try {
      return await asked;
    } catch (error) {
      if (!(error instanceof ServiceError) || error.reason !== "RUN_SUPERSEDED") throw error;
      this.#leaveIt();
      this.#options.abandon();
      return await forever();
    }
  }

  async #stop(error: Error): Promise<never> {
    this.#stopped.reject(error);
    return await forever();
  }

  /** One result at a time, each with everything that follows from it, as when it came from outside. */
  async #replayed(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    this.#ended();
  }

  #ended(): void {
    this.#underWay -= 1;
    this.#suspendWhenIdle();
  }

  async #wait(key: string, question?: Question): Promise<never> {
    this.#waits.set(key, question);
    this.#suspendWhenIdle();
    return await forever();
  }

  #suspendWhenIdle(): void {
    if (this.#waits.size === 0) return;
    // After what follows from the operation that just ended.
    setImmediate((): void => {
      if (this.#isOver || this.#options.signal.aborted || this.#underWay > this.#waits.size) return;
      // What was done is done; in a run that is to be undone, nothing else is begun.
      if (this.isCanceling) return this.#stopped.reject(new TaskCanceledError("The task was canceled."));
      this.#leaveIt();
      const question = [...this.#waits.values()].find((each) => each !== undefined);
      this.#options.suspend([...this.#waits.keys()], question);
    });
  }

  #leaveIt(): void {
    this.#isOver = true;
    this.#over.resolve();
  }
}

function placeOf({ key, position }: Operation): { readonly key: string; readonly position?: number } {
  return { key, ...(position === undefined ? {} : { position }) };
}

function mismatch(position: number, was: string, is: string): ServiceError {
  return new ServiceError(
    "STEP_MISMATCH",
    `STEP_MISMATCH: operation ${position} of this run was "${was}" and is now "${is}". A durable skill must come to the same operations in the same order each time: what may differ belongs into a step.`,
  );
}

/** Whoever waits for it is forgotten with the execution. */
async function forever(): Promise<never> {
  return await new Promise<never>(() => undefined);
}
