import { TURN_POLICY_METADATA, TaskState } from "@berth/protocol";
import type { Message, StepEvent, TraceHeaders } from "@berth/protocol";
import { ERROR_TYPE, parseTraceparent } from "@berth/telemetry";
import type { Attributes, SpanRecord, SpanStatus, TraceContext } from "@berth/telemetry";

/** How a span ends. */
export interface Change {
  readonly at: number;
  readonly status?: SpanStatus;
  readonly message?: string | undefined;
  readonly attributes?: Attributes;
}

export function ended(span: SpanRecord, { at, status = "unset", message, attributes }: Change): SpanRecord {
  return {
    ...span,
    endUs: Math.max(at, span.startUs),
    status,
    ...(message === undefined ? {} : { statusMessage: message }),
    ...(attributes === undefined ? {} : { attributes: { ...span.attributes, ...attributes } }),
  };
}

export function failed(reason: string | undefined): { readonly status: "error"; readonly attributes: Attributes } {
  return { status: "error", attributes: { [ERROR_TYPE]: reason ?? "unknown" } };
}

export function outcomeOf(state: TaskState, reason: string | undefined): Pick<Change, "status" | "message"> {
  if (state === TaskState.Completed) return { status: "ok" };
  // Who canceled did so on purpose.
  if (state === TaskState.Canceled) return { status: "unset" };
  return { status: "error", message: reason ?? state };
}

/** `step:charge#1` is `step charge`. */
export function stepName(key: string, op: StepEvent["op"]): string {
  const name = key.slice(key.indexOf(":") + 1).replace(/#1$/, "");
  return name === "" || name === op ? op : `${op} ${name}`;
}

export function isSteering({ metadata }: Message): boolean {
  const said = metadata?.[TURN_POLICY_METADATA];
  return typeof said === "object" && said !== null && "policy" in said && said.policy === "steer";
}

export function contextOf(trace: TraceHeaders | undefined): TraceContext | undefined {
  return trace === undefined ? undefined : parseTraceparent(trace.traceparent, trace.tracestate);
}

export function contextOfSpan({ traceId, spanId, traceState }: SpanRecord): TraceContext {
  return { traceId, spanId, sampled: true, ...(traceState === undefined ? {} : { traceState }) };
}

export function usOf(at: string): number {
  return Date.parse(at) * 1_000;
}
