import type { Message, Reason, StepEvent, StepOp, StepPhase, TaskEvent, TaskEventBody } from "@berth/protocol";
import { isAgentsLoss } from "./losses.ts";

/** What the log says of one operation of a durable run. */
export interface JournalEntry {
  readonly key: string;
  readonly op: StepOp | "call";
  readonly phase: StepPhase;
  readonly position?: number;
  /** That began, and of those the ones that failed. One that did neither fail nor end was lost with its execution. */
  readonly attempts: number;
  readonly failures: number;
  readonly result?: StepEvent["result"];
  readonly usage?: StepEvent["usage"];
  readonly error?: string;
  readonly final?: true;
  readonly until?: string;
  readonly approvalId?: string;
  readonly compensable?: true;
  readonly childTaskId?: string;
  /** When the log first named it. */
  readonly at: string;
}

type CallEvent = Extract<TaskEventBody, { kind: "call" }>;

interface Question {
  /** Of the event that put it. */
  readonly seq: number;
  readonly answer?: Message;
}

/**
 * A durable run as its log tells it: the log is the journal, so what a run has done and what it has shown are one
 * order, and all of it is in the receipt.
 */
export class RunJournal {
  readonly entries: Map<string, JournalEntry> = new Map();
  readonly questions: Map<string, Question> = new Map();
  /** How many emissions the log has, by scope. */
  readonly emitted: Map<string, number> = new Map();
  /** Executions that began. */
  executions = 0;
  /** Operations that the run waits for, without being executed. */
  waits: readonly string[] | undefined;
  /** Executions that were lost since the run last got on, and when the next may begin. */
  losses = 0;
  retryAt: string | undefined;
  /** What became of the last one that was lost. */
  lostBy: Reason | undefined;
  canceling = false;
  /** The last that began has not ended in the log. */
  isExecuting = false;

  constructor(events: readonly TaskEvent[] = []) {
    for (const event of events) this.see(event);
  }

  /** Something would have to be undone. */
  get hasCompensations(): boolean {
    for (const { compensable } of this.entries.values()) if (compensable === true) return true;
    return false;
  }

  see({ seq, at, body }: TaskEvent): void {
    switch (body.kind) {
      case "run":
        return this.#seeRun(body);
      case "step":
        return this.#seeStep(body, at);
      case "call":
        if (body.step !== undefined) this.#seeCall({ ...body, step: body.step }, at);
        return;
      case "message":
        if (body.message.role === "ROLE_USER") this.#seeAnswer(body.message);
        return;
      case "status":
      case "artifact":
        if (body.mark !== undefined) this.#seeMark(body.mark, seq);
        return;
      default:
    }
  }

  #seeRun(body: Extract<TaskEventBody, { kind: "run" }>): void {
    this.isExecuting = body.phase === "started";
    if (body.phase === "canceling") {
      this.canceling = true;
      this.waits = undefined;
      this.retryAt = undefined;
      this.losses = 0;
      return;
    }
    this.executions = Math.max(this.executions, body.execution);
    this.waits = body.phase === "suspended" ? (body.waits ?? []) : undefined;
    this.retryAt = body.phase === "lost" ? body.until : undefined;
    if (body.phase === "lost") this.lostBy = body.reason;
    if (body.phase === "suspended") this.losses = 0;
    if (body.phase === "lost" && isAgentsLoss(body.reason)) this.losses += 1;
  }

  #seeStep({ kind: _kind, execution: _execution, attempt, ...said }: StepEvent, at: string): void {
    const known = this.entries.get(said.key);
    const { result: _result, until: _until, error: _error, ...kept } = known ?? { attempts: 0, failures: 0, at };
    this.entries.set(said.key, {
      ...kept,
      ...said,
      attempts: Math.max(kept.attempts, attempt ?? 0),
      failures: kept.failures + (said.phase === "failed" ? 1 : 0),
    });
    if (said.phase === "done" || said.op === "sleep") this.losses = 0;
  }

  #seeCall({ step, childTaskId, position, until }: CallEvent & { readonly step: string }, at: string): void {
    if (this.entries.has(step)) return;
    this.losses = 0;
    this.entries.set(step, {
      key: step,
      op: "call",
      phase: "started",
      childTaskId,
      attempts: 1,
      failures: 0,
      at,
      ...(position === undefined ? {} : { position }),
      ...(until === undefined ? {} : { until }),
    });
  }

  #seeAnswer(answer: Message): void {
    for (const [key, question] of this.questions) {
      if (question.answer !== undefined) continue;
      this.questions.set(key, { ...question, answer });
      this.losses = 0;
      return;
    }
  }

  #seeMark(
    { scope, n, ask }: { readonly scope: string; readonly n: number; readonly ask?: string },
    seq: number,
  ): void {
    this.emitted.set(scope, Math.max(n, this.emitted.get(scope) ?? 0));
    if (ask !== undefined && !this.questions.has(ask)) this.questions.set(ask, { seq });
  }
}
