import { TaskFold, foldTask } from "@berth/protocol";
import type { TaskEvent, TaskView } from "@berth/protocol";

/** A fold is kept of every so many events: to show the task as at any of them, fewer than that are applied. */
const CHECKPOINT = 256;

export interface Hole {
  readonly from: number;
  readonly to: number;
}

/** The task's log as it has come so far: one flat list by seq, from which every pane is derived. */
export class TaskLog {
  readonly #events: TaskEvent[] = [];
  readonly #checkpoints: TaskView[] = [];
  #latest: { readonly count: number; readonly view: TaskView } | undefined;

  get events(): readonly TaskEvent[] {
    return this.#events;
  }

  get lastSeq(): number {
    return this.#events.at(-1)?.seq ?? 0;
  }

  /** In whatever order and however often they come. Answers whether anything was new. */
  append(events: readonly TaskEvent[]): boolean {
    let isChanged = false;
    for (const event of events) {
      const at = this.count(event.seq);
      if (this.#events[at - 1]?.seq === event.seq) continue;
      isChanged = true;
      if (at === this.#events.length) {
        this.#events.push(event);
        continue;
      }
      this.#events.splice(at, 0, event);
      this.#checkpoints.length = Math.min(this.#checkpoints.length, Math.floor(at / CHECKPOINT));
      this.#latest = undefined;
    }
    return isChanged;
  }

  /** How many events there are up to and with `seq`. */
  count(seq: number): number {
    const last = this.#events.at(-1);
    if (last === undefined || seq >= last.seq) return this.#events.length;
    let low = 0;
    let high = this.#events.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#events[middle]?.seq ?? 0) <= seq) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The task as at `seq`; undefined before its first event is here. */
  view(seq: number): TaskView | undefined {
    const count = this.count(seq);
    if (count === 0 || this.#events[0]?.body.kind !== "accepted") return undefined;
    const from = this.#nearest(count);
    const fold = new TaskFold(from.view);
    for (let at = from.count; at < count; at += 1) {
      const event = this.#events[at];
      if (event !== undefined) fold.apply(event);
      if ((at + 1) % CHECKPOINT === 0) this.#checkpoints[(at + 1) / CHECKPOINT - 1] ??= fold.view;
    }
    const { view } = fold;
    this.#latest = { count, view };
    return view;
  }

  /** Seqs that did not come. */
  holes(): readonly Hole[] {
    const holes: Hole[] = [];
    let next = 1;
    for (const { seq } of this.#events) {
      if (seq > next) holes.push({ from: next, to: seq - 1 });
      next = seq + 1;
    }
    return holes;
  }

  #nearest(count: number): { readonly count: number; readonly view: TaskView } {
    const kept = Math.min(Math.floor(count / CHECKPOINT), this.#checkpoints.length);
    const view = this.#checkpoints[kept - 1];
    const latest = this.#latest;
    if (latest !== undefined && latest.count <= count && latest.count >= kept * CHECKPOINT) return latest;
    return view === undefined
      ? { count: 1, view: foldTask(this.#events.slice(0, 1)) }
      : { count: kept * CHECKPOINT, view };
  }
}
