import { TaskState, isTerminal } from "@berth/protocol";
import type { AcceptedEvent, Message, StepEvent, TaskEvent, TraceHeaders } from "@berth/protocol";
import { A2A, BERTH, GEN_AI, GEN_AI_OPERATIONS } from "@berth/telemetry";
import type { SpanEvent, SpanKind, SpanRecord, TraceContext } from "@berth/telemetry";
import { memoryAttributes, modelAttributes, modelStart, spanEventOf } from "./event-attributes.ts";
import { contextOf, contextOfSpan, ended, failed, isSteering, outcomeOf, stepName, usOf } from "./span-ends.ts";
import type { Change } from "./span-ends.ts";
import type { SpanIds } from "./span-ids.ts";

/** Of one turn; what comes after is counted. */
const MAX_EVENTS = 256;

type NewSpan = Pick<SpanRecord, "spanId" | "name" | "startUs" | "attributes"> &
  Partial<Pick<SpanRecord, "kind" | "parentSpanId" | "links">>;

interface OpenTurn {
  span: SpanRecord;
  readonly events: SpanEvent[];
  dropped: number;
}

/**
 * What a task does, as spans: a fold of its log. A turn is `invoke_agent`, from the message that asks for it until the
 * task is over or waits for an answer; what the run does meanwhile lies below it. A span that has begun is given at once
 * and again when it ends. The same log gives the same spans.
 */
export class TaskSpans {
  readonly #taskId: string;
  readonly #accepted: AcceptedEvent;
  readonly #ids: SpanIds;
  readonly #root: TraceContext | undefined;
  readonly #traceId: string;
  #turns: OpenTurn[] = [];
  #context: TraceContext;
  /** By what each is of: a step's key, an approval, a child task, a wait. */
  readonly #open = new Map<string, SpanRecord>();
  #changed: SpanRecord[] = [];

  constructor(taskId: string, accepted: AcceptedEvent, ids: SpanIds) {
    this.#taskId = taskId;
    this.#accepted = accepted;
    this.#ids = ids;
    this.#root = contextOf(accepted.trace);
    this.#traceId = this.#root?.traceId ?? ids.traceId(taskId);
    this.#context = { traceId: this.#traceId, spanId: ids.spanId(taskId, 1), sampled: true };
  }

  /** Of the turn that runs, or ran last: what happens now in the task's name belongs below it. */
  get context(): TraceContext {
    return this.#turns[0] === undefined ? this.#context : contextOfSpan(this.#turns[0].span);
  }

  /** The spans that began or ended with this event. */
  apply(event: TaskEvent): readonly SpanRecord[] {
    this.#changed = [];
    this.#apply(event, usOf(event.at));
    return this.#changed;
  }

  /** Another agent began a task that this run asked for. */
  childBegan(
    childTaskId: string,
    child: { readonly agentName: string; readonly skill?: string | undefined; readonly at: string },
  ): readonly SpanRecord[] {
    this.#changed = [];
    this.#beginCall(childTaskId, child, usOf(child.at));
    return this.#changed;
  }

  childEnded(childTaskId: string, end: { readonly at: string; readonly state: TaskState }): readonly SpanRecord[] {
    this.#changed = [];
    this.#end(childTaskId, { at: usOf(end.at), ...outcomeOf(end.state, undefined) });
    return this.#changed;
  }

  #apply({ seq, body }: TaskEvent, at: number): void {
    switch (body.kind) {
      case "accepted":
        return this.#beginTurn(seq, at, body.message, body.trace);
      case "message":
        return this.#message(seq, at, body.message, body.trace);
      case "status":
        return this.#status(seq, at, body.status.state, body.reason);
      case "step":
        return this.#step(seq, at, body);
      case "run":
        if (body.phase === "started") {
          const attributes = { "berth.execution": body.execution };
          return this.#begin("run", this.#child(seq, at, `execution ${body.execution}`, { attributes }));
        }
        return this.#end("run", { at, ...(body.phase === "lost" ? failed(body.reason) : {}) });
      case "scope_request": {
        const { approvalId, phase, reason } = body;
        if (phase === "requested") {
          const attributes = { "berth.approval.id": approvalId, "berth.approval.reason": reason };
          return this.#begin(approvalId, this.#child(seq, at, "approval", { attributes }));
        }
        const attributes = { "berth.approval.outcome": phase };
        return this.#end(approvalId, { at, status: phase === "approved" ? "ok" : "unset", attributes });
      }
      case "call":
        return this.#beginCall(body.childTaskId, body, at);
      case "model": {
        const started = modelStart(body, at);
        const span = this.#child(seq, started, `${body.op === "embed" ? "embeddings" : "chat"} ${body.model}`, {
          kind: "client",
          attributes: modelAttributes(body),
        });
        const outcome = body.outcome === "ok" ? ({ status: "ok" } as const) : failed(body.reason ?? body.outcome);
        return this.#tell(ended(span, { at, ...outcome }));
      }
      case "memory": {
        const span = this.#child(seq, at, `${body.op} memory`, { attributes: memoryAttributes(body) });
        const outcome = body.outcome === "ok" ? ({ status: "ok" } as const) : failed(body.reason ?? body.outcome);
        return this.#tell(ended(span, { at, ...outcome }));
      }
      default: {
        const seen = spanEventOf(body, at);
        if (seen !== undefined) this.#note(seq, seen);
      }
    }
  }

  #message(seq: number, at: number, message: Message, trace: TraceHeaders | undefined): void {
    if (message.role !== "ROLE_USER") return;
    const turn = this.#turns[0];
    // The turn that runs reads it.
    if (turn !== undefined && isSteering(message)) {
      return this.#note(seq, { name: "message", atUs: at, attributes: { [A2A.messageId]: message.messageId } });
    }
    this.#end("wait", { at });
    if (turn !== undefined && turn.span.attributes[A2A.taskState] === TaskState.AuthRequired) this.#endTurn({ at });
    this.#beginTurn(seq, at, message, trace);
  }

  #status(seq: number, at: number, state: TaskState, reason: string | undefined): void {
    if (state === TaskState.Submitted) return;
    if (isTerminal(state)) return this.#endAll(at, state, reason);
    if (state === TaskState.InputRequired || state === TaskState.AuthRequired) {
      const turn = this.#turnAt(seq, at);
      const attributes = { [A2A.taskState]: state };
      turn.span = { ...turn.span, attributes: { ...turn.span.attributes, ...attributes } };
      if (!this.#open.has("wait")) {
        const what = state === TaskState.InputRequired ? "input" : "authorization";
        this.#begin("wait", this.#child(`${seq}/wait`, at, `wait for ${what}`, { attributes }));
      }
      // A stream stays open on AUTH_REQUIRED, and its turn goes on when the answer has come by another way.
      if (state === TaskState.InputRequired) this.#endTurn({ at });
      return;
    }
    this.#end("wait", { at });
  }

  #step(seq: number, at: number, step: StepEvent): void {
    const { key, op, phase } = step;
    // An approval is a span already.
    if (op === "scope") return;
    if (phase === "started") {
      const attributes = {
        "berth.step.key": key,
        "berth.step.op": op,
        "berth.execution": step.execution,
        ...(step.attempt === undefined ? {} : { "berth.step.attempt": step.attempt }),
        ...(step.until === undefined ? {} : { "berth.step.until": step.until }),
      };
      return this.#begin(key, this.#child(seq, at, stepName(key, op), { attributes }));
    }
    if (phase === "done") return this.#end(key, { at, status: "ok" });
    this.#end(key, { at, ...failed("step_failed"), message: step.error });
  }

  #beginCall(
    childTaskId: string,
    { agentName, skill }: { readonly agentName: string; readonly skill?: string | undefined },
    at: number,
  ): void {
    if (this.#open.has(childTaskId)) return;
    const tool = skill === undefined ? agentName : `${agentName}/${skill}`;
    const span = this.#child("", at, `execute_tool ${tool}`, {
      kind: "client",
      attributes: {
        [GEN_AI.operation]: GEN_AI_OPERATIONS.executeTool,
        [GEN_AI.toolName]: tool,
        [GEN_AI.toolType]: "agent",
        [GEN_AI.toolCallId]: childTaskId,
        "berth.child.task.id": childTaskId,
      },
    });
    // The child names it as its parent.
    this.#begin(childTaskId, { ...span, spanId: this.#ids.spanId(childTaskId, "call") });
  }

  #beginTurn(seq: number, at: number, message: Message | undefined, trace: TraceHeaders | undefined): void {
    const { agentName, agentId, releaseId, contextId, skill, parentTaskId } = this.#accepted;
    const own = seq === 1 ? this.#root : contextOf(trace);
    const { traceId } = own ?? this.#context;
    const caller = seq === 1 && parentTaskId !== undefined ? this.#ids.spanId(this.#taskId, "call") : own?.spanId;
    const parentSpanId = caller ?? this.#root?.spanId;
    // A later turn's trace is its caller's of that time: what brings them together is the task.
    const links =
      traceId === this.#traceId ? [] : [{ traceId: this.#traceId, spanId: this.#ids.spanId(this.#taskId, 1) }];
    const span: SpanRecord = {
      traceId,
      spanId: this.#ids.spanId(this.#taskId, seq),
      ...(parentSpanId === undefined ? {} : { parentSpanId }),
      ...(own?.traceState === undefined ? {} : { traceState: own.traceState }),
      name: `invoke_agent ${agentName}`,
      kind: "internal",
      startUs: at,
      status: "unset",
      attributes: {
        [GEN_AI.operation]: GEN_AI_OPERATIONS.invokeAgent,
        [GEN_AI.agentId]: agentId,
        [GEN_AI.agentName]: agentName,
        [GEN_AI.conversationId]: contextId,
        [A2A.taskId]: this.#taskId,
        [BERTH.release]: releaseId,
        ...(message === undefined ? {} : { [A2A.messageId]: message.messageId }),
        ...(skill === undefined ? {} : { [BERTH.skill]: skill }),
      },
      ...(links.length === 0 ? {} : { links }),
      ...this.#origin(),
    };
    this.#turns.push({ span, events: [], dropped: 0 });
    this.#tell(span);
  }

  /** A turn that was taken for steering and was not read, or one of a log whose message was erased. */
  #turnAt(seq: number | string, at: number): OpenTurn {
    if (this.#turns[0] === undefined) {
      this.#beginTurn(typeof seq === "number" ? seq : 0, at, undefined, undefined);
    }
    // One was begun just now.
    return this.#turns[0] as OpenTurn;
  }

  #endTurn(change: Change): void {
    const turn = this.#turns.shift();
    if (turn === undefined) return;
    const { events, dropped } = turn;
    const lost = dropped === 0 ? {} : { [BERTH.dropped]: dropped };
    const span = ended(turn.span, { ...change, attributes: { ...change.attributes, ...lost } });
    this.#context = contextOfSpan(span);
    this.#tell(events.length === 0 ? span : { ...span, events });
  }

  #endAll(at: number, state: TaskState, reason: string | undefined): void {
    for (const key of this.#open.keys()) this.#end(key, { at });
    const attributes = { [A2A.taskState]: state };
    while (this.#turns.length > 0) this.#endTurn({ at, ...outcomeOf(state, reason), attributes });
  }

  /** Below the turn that runs. */
  #child(seq: number | string, at: number, name: string, more: Partial<NewSpan> = {}): SpanRecord {
    const { traceId, spanId } = this.#turns[0]?.span ?? this.#context;
    return {
      traceId,
      spanId: this.#ids.spanId(this.#taskId, seq),
      parentSpanId: spanId,
      name,
      kind: "internal" satisfies SpanKind,
      startUs: at,
      status: "unset",
      attributes: {},
      ...more,
      ...this.#origin(),
    };
  }

  #origin(): Pick<SpanRecord, "source" | "agent" | "release" | "taskId" | "scope"> {
    const { agentName: agent, releaseId: release } = this.#accepted;
    return { source: "platform", agent, release, taskId: this.#taskId, scope: "berth" };
  }

  #begin(key: string, span: SpanRecord): void {
    this.#end(key, { at: span.startUs });
    this.#open.set(key, span);
    this.#tell(span);
  }

  #end(key: string, change: Change): void {
    const span = this.#open.get(key);
    if (span === undefined) return;
    this.#open.delete(key);
    this.#tell(ended(span, change));
  }

  #note(seq: number, event: SpanEvent): void {
    const turn = this.#turnAt(seq, event.atUs);
    if (turn.events.length < MAX_EVENTS) turn.events.push(event);
    else turn.dropped += 1;
  }

  #tell(span: SpanRecord): void {
    this.#changed.push(span);
  }
}
