import type { LiveTask } from "./live-task.ts";
import type { MessageTurn, WaitingTurns } from "./turn-runner.ts";

/** How long the answer to a message that the agent has may lag behind the end of its turn. */
const LAST_ANSWER_MS = 5_000;

export interface TurnSteeringOptions {
  readonly task: LiveTask;
  readonly waiting: WaitingTurns;
  /** Resolves when the agent's run has read the message; rejects when it will not. */
  readonly steer: (input: MessageTurn, signal: AbortSignal) => Promise<void>;
  /** The running turn's: once it is aborted nothing more is handed over. */
  readonly signal: AbortSignal;
  /** The agent has brought the running turn to its end. */
  readonly isOver: () => boolean;
}

/**
 * Hands messages that are to steer into the running turn, one after the other. They are messages that wait like any
 * other; the running turn may take them early. One that the agent did not read waits on as an ordinary next turn, in its
 * place, so none is lost: it is read twice only where the agent's answer was.
 */
export class TurnSteering {
  readonly #options: TurnSteeringOptions;
  readonly #end = new AbortController();
  #inFlight: Promise<void> | undefined;
  #closed = false;

  constructor(options: TurnSteeringOptions) {
    this.#options = options;
  }

  /** To be called whenever a message arrived or the task moved: the agent can be reached once it has told its task. */
  offer(): void {
    const { task, waiting, signal, isOver } = this.#options;
    if (this.#closed || this.#inFlight !== undefined || signal.aborted || isOver()) return;
    if (task.upstream === undefined) return;
    const input = waiting.takeSteering();
    if (input === undefined) return;
    this.#inFlight = this.#hand(input).finally(() => {
      this.#inFlight = undefined;
      this.offer();
    });
  }

  /** After the turn: the next one must not begin before it is known what this one has read. */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#inFlight === undefined) return;
    const timer = setTimeout(() => this.#end.abort(), LAST_ANSWER_MS);
    await this.#inFlight;
    clearTimeout(timer);
  }

  async #hand(input: MessageTurn): Promise<void> {
    const { task, waiting, steer, signal } = this.#options;
    const given = new AbortController();
    const up = AbortSignal.any([signal, this.#end.signal, given.signal]);
    const aborted = new Promise<boolean>((resolve) => {
      up.addEventListener("abort", () => resolve(false), { once: true });
    });
    // Whatever the reason: what the agent did not read now, it gets next.
    const read = steer(input, up).then(
      () => true,
      () => false,
    );
    waiting.settleSteering({ read: await Promise.race([read, aborted]) });
    given.abort();
    task.wake();
  }
}
