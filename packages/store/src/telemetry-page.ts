/** Records of one page of a search. */
const MAX_PAGE = 10_000;
const MAX_CONTEXT = 1_000;
export const MAX_TRACE_SPANS = 100_000;
export const MAX_POINTS = 10_000;
export const MAX_BUCKETS = 240;

export function boundTelemetryPage(limit: number, max: number = MAX_PAGE): number {
  return Number.isInteger(limit) ? Math.min(Math.max(limit, 1), max) : max;
}

export function boundContext(around: { readonly before: number; readonly after: number }): {
  readonly before: number;
  readonly after: number;
} {
  const bound = (lines: number): number => Math.min(Math.max(Math.trunc(lines), 0), MAX_CONTEXT);
  return { before: bound(around.before), after: bound(around.after) };
}
