import type { SpanStore } from "@berth/store";
import { BERTH, ERROR_TYPE } from "@berth/telemetry";
import type { SpanRecord, TelemetrySink } from "@berth/telemetry";

export interface LeftExchangesOptions {
  readonly store: Pick<SpanStore, "unended">;
  readonly sink: Pick<TelemetrySink, "spans">;
  /** Of this process: what began earlier was an earlier one's. */
  readonly beganAt: Date;
  readonly log?: ((line: string) => void) | undefined;
}

interface LeftTask {
  readonly orgId: string;
  readonly taskId: string;
}

const REASON = "PLATFORM_RESTARTED";

/**
 * Ends what an earlier process was carrying to agents when it was killed: nobody else would. All else of a task ends with
 * what its log says next. One read after the other, in the background.
 */
export class LeftExchanges {
  readonly #options: LeftExchangesOptions;
  #work: Promise<void> = Promise.resolve();

  constructor(options: LeftExchangesOptions) {
    this.#options = options;
  }

  /** Tasks that the store says are unfinished. Never waits, never throws. */
  end(tasks: readonly LeftTask[]): void {
    for (const [orgId, ours] of Map.groupBy(tasks, (task) => task.orgId)) {
      const taskIds = ours.map(({ taskId }) => taskId);
      this.#work = this.#work.then(async () => await this.#end(orgId, taskIds));
    }
  }

  /** When all of them are handed to the sink. */
  async settled(): Promise<void> {
    await this.#work;
  }

  async #end(orgId: string, taskIds: readonly string[]): Promise<void> {
    const { store, sink, beganAt, log } = this.#options;
    const beganUs = beganAt.getTime() * 1_000;
    try {
      const open = await store.unended(orgId, taskIds, beganUs);
      sink.spans(
        orgId,
        open.filter(isExchange).map((span) => ended(span, beganUs)),
      );
    } catch (error) {
      log?.(`exchanges of an earlier process could not be ended: ${String(error)}`);
    }
  }
}

/** An agent's own spans are its own to end. */
function isExchange({ source, kind, attributes }: SpanRecord): boolean {
  return source === "platform" && kind === "client" && attributes[BERTH.release] !== undefined;
}

function ended(span: SpanRecord, beganUs: number): SpanRecord {
  return {
    ...span,
    endUs: Math.max(span.startUs, beganUs),
    status: "error",
    statusMessage: "The platform was restarted while the agent worked on this task.",
    attributes: { ...span.attributes, [ERROR_TYPE]: REASON },
  };
}
