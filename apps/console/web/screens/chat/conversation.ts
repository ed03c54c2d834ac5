import { isTerminal } from "@berth/protocol";
import type { Message } from "@berth/protocol";
import { ApiError } from "../../api/client.ts";
import { approvalOf } from "./exchange.ts";
import type { Transport } from "./transport.ts";
import { TurnFold, isAtRest, isWaiting } from "./turn.ts";
import type { Frame, Turn } from "./turn.ts";

const MAX_BREAKS = 8;
const PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8_000;

export interface ConversationOptions {
  readonly transport: Transport;
  readonly onChange: () => void;
  readonly now: () => number;
  readonly pause: (ms: number, signal: AbortSignal) => Promise<void>;
}

interface Running {
  readonly fold: TurnFold;
  readonly stop: AbortController;
}

/**
 * Talk with one agent in one context. Life: 1. made; 2. `load` once where there was talk before; 3. `send`, `answer`, `stop` as
 * often as wanted; 4. `close`. A stream that breaks is taken up where it was; nothing is lost or doubled by that.
 */
export class Conversation {
  readonly address: string;
  readonly #options: ConversationOptions;
  readonly #running = new Map<string, Running>();
  #turns: readonly Turn[] = [];
  #made = 0;

  constructor(address: string, options: ConversationOptions) {
    this.address = address;
    this.#options = options;
  }

  get turns(): readonly Turn[] {
    return this.#turns;
  }

  get contextId(): string | undefined {
    return this.#turns.findLast(({ view }) => view?.task.contextId !== undefined)?.view?.task.contextId;
  }

  /** What was said before. Tasks that go on are followed. @throws ApiError */
  async load(agent: string, contextId: string, signal: AbortSignal): Promise<void> {
    const listed = await this.#options.transport.tasks(agent, contextId, signal);
    if (signal.aborted) return;
    const earlier = listed.map(({ task, seq, createdAt }): Turn => {
      const fold = new TurnFold();
      fold.open({ seq, task });
      const sentAt = Date.parse(createdAt);
      const ended = isTerminal(task.status.state) ? { endedAt: Date.parse(task.status.timestamp ?? createdAt) } : {};
      const turn: Turn = {
        key: this.#key(),
        sent: firstOf(task.history, task.id),
        sentAt,
        view: { seq, task },
        isLive: false,
        ...ended,
      };
      this.#running.set(turn.key, { fold, stop: new AbortController() });
      return turn;
    });
    this.#turns = [...earlier, ...this.#turns];
    this.#options.onChange();
    for (const turn of earlier) if (!this.#isAtRest(turn.key)) void this.#follow(turn.key);
  }

  send(message: Message): string {
    const key = this.#key();
    this.#turns = [...this.#turns, { key, sent: message, sentAt: this.#options.now(), isLive: true }];
    this.#running.set(key, { fold: new TurnFold(), stop: new AbortController() });
    this.#options.onChange();
    void this.#follow(key, message);
    return key;
  }

  /** Goes on with a task that asked for something. */
  answer(key: string, message: Message): void {
    this.#change(key, { isLive: true, problem: undefined, endedAt: undefined });
    void this.#follow(key, message);
  }

  /** Ends the task, or the attempt to begin one. @throws ApiError */
  async stop(key: string): Promise<void> {
    const running = this.#running.get(key);
    const taskId = running?.fold.taskId;
    if (taskId !== undefined && taskId !== "") await this.#options.transport.cancel(taskId);
    else running?.stop.abort();
  }

  close(): void {
    for (const { stop } of this.#running.values()) stop.abort();
  }

  /** Reads until the task rests; `message` begins it or goes on with it. */
  async #follow(key: string, message?: Message): Promise<void> {
    const { transport, now, pause } = this.#options;
    const running = this.#running.get(key);
    if (running === undefined) return;
    const { fold, stop } = running;
    this.#change(key, { isLive: true });
    let breaks = 0;
    let next =
      message === undefined ? this.#resume(fold, stop.signal) : transport.stream(this.address, message, stop.signal);
    for (;;) {
      try {
        for await (const frame of next) {
          breaks = 0;
          this.#take(key, frame);
        }
        if (this.#isAtRest(key)) break;
      } catch (error) {
        const isRefused = error instanceof ApiError && error.status >= 400 && error.status < 500;
        if (stop.signal.aborted || fold.taskId === undefined || isRefused || breaks >= MAX_BREAKS) {
          this.#change(key, { isLive: false, endedAt: now(), ...(stop.signal.aborted ? {} : { problem: error }) });
          return;
        }
      }
      breaks += 1;
      this.#change(key, { isReconnecting: true });
      await pause(Math.min(PAUSE_MS * 2 ** (breaks - 1), LONGEST_PAUSE_MS), stop.signal);
      if (stop.signal.aborted) return;
      next = this.#resume(fold, stop.signal);
    }
    const isEnd = fold.state !== undefined && !isWaiting(fold.state);
    this.#change(key, { isLive: false, isReconnecting: false, ...(isEnd ? { endedAt: now() } : {}) });
  }

  #resume(fold: TurnFold, signal: AbortSignal): AsyncIterable<Frame> {
    return this.#options.transport.resume(this.address, fold.taskId ?? "", fold.seq, signal);
  }

  #take(key: string, frame: Frame): void {
    const running = this.#running.get(key);
    if (running === undefined) return;
    running.fold.apply(frame);
    const turn = this.#turns.find((each) => each.key === key);
    this.#change(key, {
      isReconnecting: false,
      ...(turn?.firstAt === undefined ? { firstAt: this.#options.now() } : {}),
    });
  }

  #isAtRest(key: string): boolean {
    const fold = this.#running.get(key)?.fold;
    const task = fold?.view?.task;
    return isAtRest(fold?.state, task !== undefined && approvalOf(task) !== undefined);
  }

  #change(key: string, changes: { readonly [Name in keyof Turn]?: Turn[Name] | undefined }): void {
    const view = this.#running.get(key)?.fold.view;
    this.#turns = this.#turns.map((turn) => (turn.key === key ? changed(turn, changes, view) : turn));
    this.#options.onChange();
  }

  #key(): string {
    this.#made += 1;
    return `${this.address} ${this.#made}`;
  }
}

function changed(turn: Turn, changes: object, view: Turn["view"]): Turn {
  const merged = { ...turn, ...changes, ...(view === undefined ? {} : { view }) };
  // What is set to undefined is taken out.
  return Object.fromEntries(Object.entries(merged).filter(([, value]) => value !== undefined)) as unknown as Turn;
}

function firstOf(history: readonly Message[] | undefined, taskId: string): Message {
  return history?.[0] ?? { messageId: taskId, role: "ROLE_USER", parts: [] };
}
