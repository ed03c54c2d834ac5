import { Link } from "@tanstack/react-router";
import { CircleAlert } from "lucide-react";
import { useDeferredValue, useMemo } from "react";
import type { SpanRecord } from "@berth/telemetry";
import { Badge } from "../../ui/badge.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Time, formatCost, formatDuration } from "../../ui/time.tsx";
import { totalsOf } from "./model/trace-diff.ts";
import { treeOf } from "./model/trace-tree.ts";
import type { TraceData } from "./trace-queries.ts";

const MOST_SIBLINGS = 8;
const NOTHING = { tokens: 0, costMicros: 0 } as const;

/** What the whole trace is: how long, how much, whose, and what belongs to the same task. */
export function TraceFacts({ trace, spans }: { readonly trace: TraceData; readonly spans: readonly SpanRecord[] }) {
  const tree = treeOf(spans);
  // Every span is looked at for these: that comes after the first drawing.
  const counted = useDeferredValue<typeof tree | undefined>(tree, undefined);
  const { tokens, costMicros } = useMemo(() => (counted === undefined ? NOTHING : totalsOf(counted)), [counted]);
  const agents = useMemo(
    () => [...new Set(spans.flatMap(({ agent }) => (agent === undefined ? [] : [agent])))],
    [spans],
  );
  const { siblings, taskIds, truncated } = trace;
  return (
    <div className="flex flex-wrap items-center gap-x-4 gap-y-1 text-sm">
      <Time at={new Date(tree.startUs / 1_000).toISOString()} />
      <span className="font-medium tabular-nums">{formatDuration(tree.endUs - tree.startUs)}</span>
      <span className="tabular-nums">{spans.length} spans</span>
      {tree.errorCount === 0 ? undefined : (
        <Badge tone="bad">
          <CircleAlert size={12} aria-hidden />
          {tree.errorCount} failed
        </Badge>
      )}
      {tokens === 0 ? undefined : <span className="tabular-nums">{tokens.toLocaleString("en")} tokens</span>}
      {costMicros === 0 ? undefined : <span className="tabular-nums">{formatCost(costMicros)}</span>}
      {agents.map((agent) => (
        <Link key={agent} to="/agents/$name" params={{ name: agent }} className="inline-flex min-h-6 items-center">
          {plainText(agent)}
        </Link>
      ))}
      {taskIds.map((taskId) => (
        <Link
          key={taskId}
          to="/tasks/$id"
          params={{ id: taskId }}
          title={taskId}
          className="inline-flex min-h-6 items-center"
        >
          task …{taskId.slice(-6)}
        </Link>
      ))}
      {siblings.length === 0 ? undefined : (
        <span className="flex flex-wrap items-center gap-x-2">
          <span className="text-muted">Same task</span>
          {siblings.slice(0, MOST_SIBLINGS).map((traceId) => (
            <Link
              key={traceId}
              to="/traces/$id"
              params={{ id: traceId }}
              title={`Trace ${traceId}`}
              className="inline-flex min-h-6 items-center font-mono text-xs"
            >
              {traceId.slice(0, 8)}
            </Link>
          ))}
          {siblings.length > MOST_SIBLINGS ? (
            <span className="text-muted">and {siblings.length - MOST_SIBLINGS} more</span>
          ) : undefined}
        </span>
      )}
      {truncated ? <Badge tone="warn">The first {spans.length} spans of more</Badge> : undefined}
    </div>
  );
}
