import type { SpanRecord } from "@berth/telemetry";
import type { Colors } from "./colors.ts";
import { duration } from "./duration.ts";
import { oneLine } from "./printable.ts";

const BAR = 24;
/** Attacker-controlled: what agents send may be as deep as they like. */
const MAX_DEPTH = 32;

/**
 * One line for each span: where it lies in the whole time, how long it took, and its name below that of what it is part
 * of. Spans whose parent is not there stand at the top.
 */
export function spanTree(spans: readonly SpanRecord[], colors: Colors): string {
  const from = Math.min(...spans.map(({ startUs }) => startUs));
  const to = Math.max(...spans.map(({ startUs, endUs = startUs }) => endUs), from + 1);
  return ordered(spans)
    .map(({ span, branch }) => {
      const name = `${branch}${oneLine(span.name, 80)}${span.agent === undefined ? "" : colors.dim(` ${oneLine(span.agent, 30)}`)}`;
      const took = span.endUs === undefined ? "running" : duration((span.endUs - span.startUs) / 1_000);
      const line = `${colors.dim(barOf(span, { from, to }))} ${took.padStart(9)}  ${name}`;
      return span.status === "error" ? `${line} ${colors.red(errorOf(span))}` : line;
    })
    .join("\n");
}

function errorOf({ statusMessage = "error" }: SpanRecord): string {
  return `✗ ${oneLine(statusMessage === "" ? "error" : statusMessage, 120)}`;
}

function barOf({ startUs, endUs }: SpanRecord, { from, to }: { readonly from: number; readonly to: number }): string {
  const at = (us: number): number => Math.min(BAR - 1, Math.floor(((us - from) / (to - from)) * BAR));
  const [start, end] = [at(startUs), at(endUs ?? to)];
  return `${"·".repeat(start)}${"━".repeat(Math.max(1, end - start + 1))}`.padEnd(BAR, "·").slice(0, BAR);
}

interface Placed {
  readonly span: SpanRecord;
  readonly branch: string;
}

/** Depth first, by start, without recursion. */
function ordered(spans: readonly SpanRecord[]): readonly Placed[] {
  const known = new Set(spans.map(({ spanId }) => spanId));
  const children = new Map<string, SpanRecord[]>();
  const roots: SpanRecord[] = [];
  for (const span of spans.toSorted((a, b) => a.startUs - b.startUs)) {
    const { parentSpanId } = span;
    if (parentSpanId === undefined || !known.has(parentSpanId)) roots.push(span);
    else children.set(parentSpanId, [...(children.get(parentSpanId) ?? []), span]);
  }
  const placed: Placed[] = [];
  const seen = new Set<string>();
  const stack = roots.toReversed().map((span) => ({ span, indent: "", branch: "", depth: 0 }));
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { span, indent, branch, depth } = next;
    if (seen.has(span.spanId)) continue;
    seen.add(span.spanId);
    placed.push({ span, branch });
    const below = (children.get(span.spanId) ?? []).map((child, index, all) => {
      const isLast = index === all.length - 1;
      const deeper = depth < MAX_DEPTH;
      return {
        span: child,
        depth: depth + 1,
        branch: deeper ? `${indent}${isLast ? "└ " : "├ "}` : `${indent}  `,
        indent: deeper ? `${indent}${isLast ? "  " : "│ "}` : indent,
      };
    });
    stack.push(...below.toReversed());
  }
  // What is below itself has no beginning; it is shown all the same.
  for (const span of spans) if (!seen.has(span.spanId)) placed.push({ span, branch: "" });
  return placed;
}
