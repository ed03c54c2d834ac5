import type { StoredLog } from "@berth/telemetry";

/** A line, or the place where so many are missing. Its `seq` never changes and grows downwards. */
export interface LogItem {
  readonly seq: number;
  readonly log?: StoredLog;
  readonly skipped?: number;
  /** How many rows it takes when it is wrapped at `columns`. */
  lines: number;
  columns: number;
}

/** The last lines, the oldest first. What does not fit any more goes at the top, and is counted. */
export class LogBuffer {
  readonly #capacity: number;
  #items: LogItem[] = [];
  #start = 0;
  #top = 0;
  #bottom = 0;
  #forgotten = 0;
  #lastId = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get length(): number {
    return this.#items.length - this.#start;
  }

  /** Fell off the top since the beginning. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get lastId(): number {
    return this.#lastId;
  }

  get firstId(): number | undefined {
    for (let at = this.#start; at < this.#items.length; at += 1) {
      const log = this.#items[at]?.log;
      if (log !== undefined) return log.id;
    }
    return undefined;
  }

  at(index: number): LogItem | undefined {
    return index < 0 ? undefined : this.#items[this.#start + index];
  }

  /** Lines that are there already are passed over. Answers how many are new. */
  append(logs: readonly StoredLog[]): number {
    let count = 0;
    for (const log of logs) {
      if (log.id <= this.#lastId) continue;
      this.#lastId = log.id;
      this.#push({ log });
      count += 1;
    }
    this.#trim();
    return count;
  }

  gap(skipped: number): void {
    this.#push({ skipped });
    this.#trim();
  }

  /** Older ones, the oldest first; as many as there is room for. */
  prepend(logs: readonly StoredLog[]): number {
    const room = Math.max(0, this.#capacity - this.length);
    const fitting = room === 0 ? [] : logs.slice(-room);
    const items = fitting.map((log, index): LogItem => ({
      seq: this.#top - fitting.length + index,
      log,
      lines: 1,
      columns: 0,
    }));
    this.#top -= fitting.length;
    this.#items = [...items, ...this.#items.slice(this.#start)];
    this.#start = 0;
    this.#lastId = Math.max(this.#lastId, fitting.at(-1)?.id ?? 0);
    return fitting.length;
  }

  /** -1: it is not there. Ids and places grow together. */
  indexOfId(id: number): number {
    for (let index = 0; index < this.length; index += 1) if (this.at(index)?.log?.id === id) return index;
    return -1;
  }

  #push(content: Pick<LogItem, "log" | "skipped">): void {
    this.#items.push({ seq: this.#bottom, ...content, lines: 1, columns: 0 });
    this.#bottom += 1;
  }

  #trim(): void {
    const over = this.length - this.#capacity;
    if (over <= 0) return;
    this.#start += over;
    this.#forgotten += over;
    // Moving the rest costs its length: it is done once for as many lines as there are.
    if (this.#start > this.#capacity) {
      this.#items = this.#items.slice(this.#start);
      this.#start = 0;
    }
  }
}
