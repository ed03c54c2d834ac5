import { AsyncLocalStorage } from "node:async_hooks";
import type { TraceContext } from "../trace-context.ts";
import type { OpenSpan } from "../tracer.ts";

const current = new AsyncLocalStorage<OpenSpan>();

/** Runs with the span as the current one, in everything that is awaited there too. It is not ended: whoever started it does that. */
export function withSpan<T>(span: OpenSpan, run: () => T): T {
  return current.run(span, run);
}

export function currentSpan(): OpenSpan | undefined {
  return current.getStore();
}

export function currentTrace(): TraceContext | undefined {
  return current.getStore()?.context;
}
