import { TaskState, isTerminal } from "@berth/protocol";
import type { JsonObject } from "@berth/protocol";
import type { StepPlace } from "@berth/runtime";
import { toResult } from "../services/skill-call.ts";
import type { CallContext, TaskEngine } from "../tasks/task-engine.ts";
import type { JournalEntry } from "./run-journal.ts";
import { entryFor } from "./step-services.ts";
import type { Journals } from "./step-services.ts";

/** A call that takes longer is waited for without its caller. */
const WAIT_MS = 2_000;
const DEFAULT_CALL_SECONDS = 300;

type Child = Pick<JournalEntry, "childTaskId" | "until">;

/** Calls of other agents by durable runs: each is made once, and its result is that of the task it made. */
export class CallSteps {
  readonly #tasks: Pick<TaskEngine, "settle" | "get" | "cancel">;
  readonly #journals: Journals;
  readonly #now: () => Date;

  constructor(options: {
    readonly tasks: Pick<TaskEngine, "settle" | "get" | "cancel">;
    readonly journals: Journals;
    readonly now: () => Date;
  }) {
    this.#tasks = options.tasks;
    this.#journals = options.journals;
    this.#now = options.now;
  }

  /** The call that was made before. @throws RUN_SUPERSEDED, STEP_MISMATCH */
  known(taskId: string, { execution, key }: StepPlace): Child | undefined {
    return entryFor(this.#journals.journalOf(taskId, execution), key, "call");
  }

  /** The child is known by this even when the call was lost before it was written down. */
  once(taskId: string, step: StepPlace | undefined): { readonly idempotencyKey?: string } {
    return step === undefined ? {} : { idempotencyKey: `step:${taskId}:${step.key}` };
  }

  async write(
    taskId: string,
    { execution, key, position }: StepPlace,
    call: {
      readonly agent: string;
      readonly skill: string;
      readonly childTaskId: string;
      readonly timeoutSeconds?: number;
    },
  ): Promise<Child> {
    const { agent: agentName, skill, childTaskId, timeoutSeconds = DEFAULT_CALL_SECONDS } = call;
    const until = new Date(this.#now().getTime() + timeoutSeconds * 1_000).toISOString();
    const place = position === undefined ? {} : { position };
    await this.#journals.write(taskId, execution, () => [
      { kind: "call", agentName, skill, childTaskId, step: key, until, ...place },
    ]);
    return { childTaskId, until };
  }

  /** `pending` while the child goes on; one that takes too long, or asks its caller something, is canceled. */
  async result(call: CallContext, { childTaskId = "", until = "" }: Child, signal: AbortSignal): Promise<JsonObject> {
    const { record } = await this.#tasks.get(call, childTaskId);
    const turn = { taskId: childTaskId, contextId: record.contextId, seq: 1, replayed: true };
    const timeoutMs = Math.max(0, Math.min(WAIT_MS, Date.parse(until) - this.#now().getTime()));
    const view = await this.#tasks.settle(turn, call, { timeoutMs, signal, throughApprovals: true });
    const { state } = view.task.status;
    if (isTerminal(state)) return toResult(view);
    if (state !== TaskState.InputRequired && Date.parse(until) > this.#now().getTime()) {
      return { ...toResult(view), pending: true };
    }
    await this.#tasks.cancel(call, childTaskId).catch(() => undefined);
    const { view: ended } = await this.#tasks.get(call, childTaskId);
    return toResult(ended);
  }
}
