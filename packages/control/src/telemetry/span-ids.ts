import { hash } from "node:crypto";

/**
 * Ids that follow from what a span is of, so that a log folded twice gives the same spans, and so that a span can be
 * named as a parent before it is there. Who does not have the key cannot tell them: an agent that knows its task's id
 * could otherwise send spans in the place of the platform's.
 */
export interface SpanIds {
  spanId(taskId: string, what: string | number): string;
  /** Of a task that nobody's trace caused; with `what` of another trace that it causes. */
  traceId(taskId: string, what?: string): string;
}

export function createSpanIds(key: Uint8Array): SpanIds {
  const secret = Buffer.from(key).toString("base64");
  return {
    spanId: (taskId, what) => hash("sha256", `${secret}/span/${taskId}/${what}`).slice(0, 16),
    traceId: (taskId, what = "") => hash("sha256", `${secret}/trace/${taskId}/${what}`).slice(0, 32),
  };
}
