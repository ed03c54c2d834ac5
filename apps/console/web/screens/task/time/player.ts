import type { TaskEvent } from "@berth/protocol";
import { advance, indexOfSeq, playTimes } from "../model/playback.ts";
import type { PlayState } from "../model/playback.ts";

/** The playhead: it moves by frames, outside of React, and tells those who draw when it stands on another event. */
export class Player {
  readonly #listeners = new Set<() => void>();
  #state: PlayState = { isPlaying: false, speed: 1 };
  #events: readonly TaskEvent[] = [];
  #times: Float64Array = new Float64Array();
  #place = { index: 0, remainderMs: 0 };
  #frame: number | undefined;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly state = (): PlayState => this.#state;

  /** The log as it is now; it only grows, unless it is another one. */
  setEvents(events: readonly TaskEvent[]): void {
    this.#events = events;
  }

  /** Undefined is live. */
  seek(seq: number | undefined): void {
    this.#stop();
    this.#set({ ...withoutSeq(this.#state), isPlaying: false, ...(seq === undefined ? {} : { seq }) });
  }

  setSpeed(speed: number): void {
    this.#set({ ...this.#state, speed });
  }

  setLoop(loop: { readonly from: number; readonly to: number } | undefined): void {
    const { loop: _before, ...rest } = this.#state;
    this.#set({ ...rest, ...(loop === undefined ? {} : { loop }) });
  }

  toggle(): void {
    if (this.#state.isPlaying) this.pause();
    else this.play();
  }

  pause(): void {
    this.#stop();
    this.#set({ ...this.#state, isPlaying: false });
  }

  /** From where it stands; from the start, or the loop's, when that is the end. */
  play(): void {
    if (this.#events.length < 2) return;
    this.#times = playTimes(this.#events);
    const { seq, loop } = this.#state;
    const last = this.#events.length - 1;
    const at = seq === undefined ? last : indexOfSeq(this.#events, seq);
    const first = loop === undefined ? 0 : indexOfSeq(this.#events, loop.from);
    this.#place = {
      index: at >= last || (loop !== undefined && (at < first || at >= indexOfSeq(this.#events, loop.to))) ? first : at,
      remainderMs: 0,
    };
    this.#show(true);
    let before = performance.now();
    const run = (now: number): void => {
      const elapsed = now - before;
      before = now;
      this.#tick(elapsed);
      if (this.#state.isPlaying) this.#frame = requestAnimationFrame(run);
    };
    this.#frame = requestAnimationFrame(run);
  }

  dispose(): void {
    this.#stop();
  }

  #tick(elapsedMs: number): void {
    const { speed, loop } = this.#state;
    const range =
      loop === undefined
        ? {}
        : { loop: { from: indexOfSeq(this.#events, loop.from), to: indexOfSeq(this.#events, loop.to) } };
    const { index, remainderMs, isOver } = advance(this.#times, this.#place, elapsedMs, { speed, ...range });
    const isMoved = index !== this.#place.index;
    this.#place = { index, remainderMs };
    if (isMoved || isOver) this.#show(!isOver);
  }

  #show(isPlaying: boolean): void {
    const seq = this.#events[this.#place.index]?.seq;
    this.#set({ ...withoutSeq(this.#state), isPlaying, ...(seq === undefined ? {} : { seq }) });
  }

  #stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #set(state: PlayState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

function withoutSeq({ seq: _seq, ...rest }: PlayState): PlayState {
  return rest;
}
