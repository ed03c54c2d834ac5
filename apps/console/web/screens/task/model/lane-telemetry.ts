import { levelOf, summaryOf } from "@berth/telemetry";
import type { SpanRecord, StoredLog } from "@berth/telemetry";
import { logEntryOf } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import type { Tone } from "../../../ui/badge.tsx";
import type { LaneItem } from "./lanes.ts";

/** Spans that hold others' work: they last while nothing is done, too. */
const HOLDERS: ReadonlySet<string> = new Set(["agent", "a2a", "chain"]);

export function spanItems(spans: readonly SpanRecord[]): readonly LaneItem[] {
  const parents = new Set(spans.map(({ parentSpanId }) => parentSpanId));
  return spans.map((span) => {
    const { traceId, spanId, name, source, startUs, endUs, status, statusMessage } = span;
    return {
      key: `${traceId} ${spanId}`,
      startMs: startUs / 1_000,
      ...(endUs === undefined ? {} : { endMs: Math.max(startUs, endUs) / 1_000 }),
      label: name,
      detail: statusMessage ?? `measured by ${source === "platform" ? "the platform" : "the agent"}`,
      tone: status === "error" ? "bad" : isWaiting(span) ? "warn" : source === "platform" ? "info" : "plain",
      trace: { traceId, spanId },
      ...(parents.has(spanId) || isWaiting(span) || HOLDERS.has(summaryOf(span).kind) ? { isIdle: true } : {}),
    };
  });
}

/** The platform's spans of a task that waits for somebody. */
function isWaiting({ source, name }: SpanRecord): boolean {
  return source === "platform" && (name === "approval" || name.startsWith("wait for "));
}

/** What the agent printed or exported, and what it told its caller by the task's own log. */
export function logItems(logs: readonly StoredLog[], events: readonly TaskEvent[]): readonly LaneItem[] {
  const stored = logs.map(({ id, atUs, severity, body, source }): LaneItem => {
    const level = levelOf(severity);
    return moment(`log ${id}`, atUs / 1_000, `${source} ${level}`, body, toneOf(level));
  });
  const told = events.flatMap((event): LaneItem[] => {
    const entry = event.body.kind === "status" ? logEntryOf(event.body.metadata) : undefined;
    if (entry === undefined) return [];
    const text = typeof entry.data === "string" ? entry.data : JSON.stringify(entry.data);
    return [
      {
        ...moment(`entry ${event.seq}`, Date.parse(event.at), `task log ${entry.level}`, text, toneOf(entry.level)),
        seq: event.seq,
      },
    ];
  });
  return [...stored, ...told];
}

function moment(key: string, ms: number, label: string, detail: string, tone: Tone): LaneItem {
  return { key, startMs: ms, endMs: ms, label, detail, tone };
}

function toneOf(level: string): Tone {
  if (["error", "fatal", "critical", "alert", "emergency"].includes(level)) return "bad";
  return level === "warn" || level === "warning" ? "warn" : "plain";
}
