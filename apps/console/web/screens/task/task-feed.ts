import type { TaskEvent } from "@berth/protocol";
import { api, path } from "../../api/client.ts";
import { FrameNotifier, subscribeLive } from "../../api/live.ts";
import { TaskLog } from "./model/task-log.ts";

const PAGE = 10_000;

/** A task's log as far as it is here: read in pages, then followed live. React hears of it once per frame. */
export class TaskFeed {
  readonly taskId: string;
  readonly log = new TaskLog();
  readonly notifier = new FrameNotifier();
  /** What the platform could not keep for this reader. */
  skipped = 0;
  isRead = false;
  error: unknown;
  #stop = new AbortController();

  constructor(taskId: string) {
    this.taskId = taskId;
  }

  /** Answers how to end it. A second start begins where the first one was. */
  start(): () => void {
    this.#stop = new AbortController();
    void this.#run(this.#stop.signal);
    return () => this.#stop.abort();
  }

  async #run(signal: AbortSignal): Promise<void> {
    this.error = undefined;
    try {
      for (;;) {
        const after = this.log.lastSeq;
        const page = path`/v1/tasks/${this.taskId}/events?after=${after}&limit=${PAGE}`;
        const { events } = await api<{ readonly events: readonly TaskEvent[] }>(page, { signal });
        this.#take(events);
        if (events.length < PAGE) break;
      }
    } catch (error) {
      if (signal.aborted) return;
      this.error = error;
      this.notifier.changed();
      return;
    }
    if (signal.aborted) return;
    this.isRead = true;
    this.notifier.changed();
    const unsubscribe = subscribeLive(
      { topic: "task", taskId: this.taskId, after: this.log.lastSeq },
      {
        // The platform's own events.
        onEvents: (events) => this.#take(events.map(({ data }) => data["event"] as TaskEvent)),
        onGap: (skipped) => {
          this.skipped += skipped;
          this.notifier.changed();
        },
      },
    );
    signal.addEventListener("abort", unsubscribe, { once: true });
  }

  #take(events: readonly TaskEvent[]): void {
    if (this.log.append(events)) this.notifier.changed();
  }
}
