import { summaryOf, viewOf } from "@berth/telemetry";
import type { SpanRecord, ViewMessage } from "@berth/telemetry";
import { childrenOf } from "./trace-tree.ts";
import type { TraceTree } from "./trace-tree.ts";

export interface DiffRow {
  readonly depth: number;
  readonly kind: "same" | "changed" | "added" | "removed";
  readonly before?: SpanRecord;
  readonly after?: SpanRecord;
  /** What changed besides the times. */
  readonly changes: readonly DiffChange[];
}

type DiffChange = "status" | "prompt" | "answer" | "model" | "tool" | "tokens" | "cost";

/**
 * Two traces laid over each other: below spans that belong together the first `chat model` of one is the first of the other, and so on.
 * Ids and times are never the same and say nothing.
 */
export function diffTraces(before: TraceTree, after: TraceTree): readonly DiffRow[] {
  const rows: DiffRow[] = [];
  const stack: Pair[] = pairs(before, rootsOf(before), after, rootsOf(after), 0);
  stack.reverse();
  for (let pair = stack.pop(); pair !== undefined; pair = stack.pop()) {
    const [left, right] = [spanAt(before, pair.left), spanAt(after, pair.right)];
    const changes = left === undefined || right === undefined ? [] : changesOf(left, right);
    rows.push({
      depth: pair.depth,
      kind: left === undefined ? "added" : right === undefined ? "removed" : changes.length > 0 ? "changed" : "same",
      ...(left === undefined ? {} : { before: left }),
      ...(right === undefined ? {} : { after: right }),
      changes,
    });
    const below = pairs(
      before,
      pair.left === undefined ? [] : childrenOf(before, pair.left),
      after,
      pair.right === undefined ? [] : childrenOf(after, pair.right),
      pair.depth + 1,
    );
    for (let index = below.length - 1; index >= 0; index -= 1) {
      const next = below[index];
      if (next !== undefined) stack.push(next);
    }
  }
  return rows;
}

interface Pair {
  readonly left?: number;
  readonly right?: number;
  readonly depth: number;
}

function pairs(
  before: TraceTree,
  left: readonly number[],
  after: TraceTree,
  right: readonly number[],
  depth: number,
): Pair[] {
  const waiting = new Map<string, number[]>();
  for (const at of right) {
    const key = keyOf(after.spans[at]);
    const list = waiting.get(key);
    if (list === undefined) waiting.set(key, [at]);
    else list.push(at);
  }
  for (const list of waiting.values()) list.reverse();
  const found: Pair[] = [];
  const taken = new Map<number, number>();
  for (const at of left) {
    const other = waiting.get(keyOf(before.spans[at]))?.pop();
    if (other !== undefined) taken.set(other, at);
    else found.push({ left: at, depth });
  }
  const ordered: Pair[] = right.map((at) => {
    const own = taken.get(at);
    return own === undefined ? { right: at, depth } : { left: own, right: at, depth };
  });
  // What is gone stands where it was: behind what came before it.
  for (const gone of found) {
    const place = ordered.findLastIndex(({ left: at }) => at !== undefined && at < (gone.left ?? 0));
    ordered.splice(place + 1, 0, gone);
  }
  return ordered;
}

function rootsOf(tree: TraceTree): readonly number[] {
  const roots: number[] = [];
  for (let at = 0; at < tree.spans.length; at = tree.end[at] ?? at + 1) roots.push(at);
  return roots;
}

function spanAt(tree: TraceTree, at: number | undefined): SpanRecord | undefined {
  return at === undefined ? undefined : tree.spans[at];
}

function keyOf(span: SpanRecord | undefined): string {
  return span === undefined ? "" : `${span.kind} ${span.source} ${span.name}`;
}

function changesOf(before: SpanRecord, after: SpanRecord): readonly DiffChange[] {
  const [a, b] = [viewOf(before), viewOf(after)];
  const all: readonly (readonly [DiffChange, unknown, unknown])[] = [
    ["status", before.status, after.status],
    ["prompt", a.inputMessages, b.inputMessages],
    ["answer", a.outputMessages, b.outputMessages],
    ["model", a.model, b.model],
    ["tool", [a.toolArguments, a.toolResult], [b.toolArguments, b.toolResult]],
    ["tokens", a.tokens, b.tokens],
    ["cost", a.costMicros, b.costMicros],
  ];
  return all.filter(([, x, y]) => JSON.stringify(x) !== JSON.stringify(y)).map(([change]) => change);
}

/** Messages as a text that can be compared line by line. */
export function messagesText(messages: readonly ViewMessage[] | undefined): string {
  return (messages ?? [])
    .map(({ role, parts }) => {
      const said = parts.map((part) =>
        part.type === "text" || part.type === "reasoning" ? part.text : JSON.stringify(part, null, 1),
      );
      return `${role}:\n${said.join("\n")}`;
    })
    .join("\n\n");
}

export interface Totals {
  readonly spans: number;
  readonly errors: number;
  readonly durationUs: number;
  readonly tokens: number;
  readonly costMicros: number;
}

/** Tokens and costs of models only: agents repeat what the calls below them took. */
export function totalsOf({ spans, startUs, endUs, errorCount }: TraceTree): Totals {
  let tokens = 0;
  let costMicros = 0;
  for (const span of spans) {
    const { kind, tokens: counts, costMicros: cost } = summaryOf(span);
    if (kind !== "llm" && kind !== "embedding") continue;
    tokens += (counts?.input ?? 0) + (counts?.output ?? 0);
    costMicros += cost ?? 0;
  }
  return { spans: spans.length, errors: errorCount, durationUs: endUs - startUs, tokens, costMicros };
}
