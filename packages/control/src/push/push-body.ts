import { TaskFold, foldTask, frameOf } from "@berth/protocol";
import type { ProtocolVersion, TaskEvent, TaskView } from "@berth/protocol";
import { toV03Task } from "@berth/protocol/wire/v0_3";
import type { Store } from "@berth/store";

export interface PushBody {
  readonly contentType: string;
  readonly text: string;
}

export interface PushTarget {
  readonly orgId: string;
  readonly taskId: string;
  readonly protocolVersion: ProtocolVersion;
}

/**
 * What is posted about one event after another of a task, in the shape of the version its webhook was registered in:
 * the event as a StreamResponse (A2A 1.0.1 §4.3.3), or the whole task as it was then (A2A 0.3 §9.5).
 */
export class PushBodies {
  readonly #tasks: Pick<Store["tasks"], "events">;
  readonly #target: PushTarget;
  #fold: TaskFold | undefined;
  #contextId: string | undefined;

  constructor(tasks: Pick<Store["tasks"], "events">, target: PushTarget) {
    this.#tasks = tasks;
    this.#target = target;
  }

  async at(seq: number): Promise<PushBody> {
    if (this.#target.protocolVersion === "0.3") {
      const { task } = await this.#viewAt(seq);
      return { contentType: "application/json", text: JSON.stringify(toV03Task(task)) };
    }
    this.#contextId ??= (await this.#viewAt(1)).task.contextId ?? "";
    const [event] = await this.#read(seq - 1, 1);
    const frame = event === undefined ? undefined : frameOf(event, this.#contextId);
    if (frame === undefined) throw new Error(`event ${seq} of ${this.#target.taskId} shows nothing`);
    return { contentType: "application/a2a+json", text: JSON.stringify(frame) };
  }

  /** Forwards from where it is; a revived delivery of an earlier event begins again. */
  async #viewAt(seq: number): Promise<TaskView> {
    let fold = this.#fold !== undefined && this.#fold.seq <= seq ? this.#fold : undefined;
    while (fold === undefined || fold.seq < seq) {
      const after = fold?.seq ?? 0;
      const events = await this.#read(after, Math.min(seq - after, PAGE));
      if (events.length === 0) throw new Error(`the log of ${this.#target.taskId} ends before ${seq}`);
      if (fold === undefined) fold = new TaskFold(foldTask(events));
      else for (const event of events) fold.apply(event);
    }
    this.#fold = fold;
    return fold.view;
  }

  async #read(after: number, limit: number): Promise<readonly TaskEvent[]> {
    const { orgId, taskId } = this.#target;
    return await this.#tasks.events({ orgId, taskId, after, limit });
  }
}

const PAGE = 1_000;
