import type { TaskEvent } from "@berth/protocol";
import type { Tone } from "../../../ui/badge.tsx";
import { packRows } from "./lane-rows.ts";
import {
  authorityItems,
  callItems,
  eventTicks,
  modelItems,
  outputItems,
  stateItems,
  stepItems,
} from "./lane-events.ts";
import { logItems, spanItems } from "./lane-telemetry.ts";
import type { TaskTelemetry } from "./task-telemetry.ts";
import type { Interval } from "../../../ui/time-scale.ts";

export interface LaneItem {
  readonly key: string;
  readonly startMs: number;
  /** Equal to the start: a moment. Absent: it goes on. */
  readonly endMs?: number;
  readonly label: string;
  readonly detail: string;
  readonly tone: Tone;
  /** The event that shows it, or where it began. */
  readonly seq?: number;
  readonly trace?: { readonly traceId: string; readonly spanId: string };
  /** Waiting, and no work: it does not keep a gap from being folded. */
  readonly isIdle?: boolean;
}

export interface Lane {
  readonly id: string;
  readonly label: string;
  readonly items: readonly LaneItem[];
  readonly rows: readonly number[];
  readonly rowCount: number;
}

export interface ChildTask {
  readonly taskId: string;
  readonly state: string;
  readonly endedAt?: string;
}

export interface LaneInput {
  readonly events: readonly TaskEvent[];
  readonly telemetry?: TaskTelemetry;
  readonly children?: ReadonlyMap<string, ChildTask>;
  readonly receipt?: { readonly receiptId: string; readonly sealedAt: string };
}

/** Everything that is known of a task on one clock, source by source. Lanes without anything are left out, the first one aside. */
export function buildLanes({ events, telemetry, children, receipt }: LaneInput): readonly Lane[] {
  const lanes = [
    lane("a2a", "A2A states", stateItems(events)),
    lane("messages", "Messages", eventTicks(events, ["accepted", "message", "reply"])),
    lane("output", "Artifacts", outputItems(events)),
    lane("steps", "Steps", stepItems(events)),
    lane("models", "Model calls", modelItems(events)),
    lane("calls", "Agents called", callItems(events, children ?? new Map())),
    lane("spans", "Spans", spanItems(telemetry?.spans ?? [])),
    lane("logs", "Logs", logItems(telemetry?.logs ?? [], events)),
    lane("egress", "Egress", eventTicks(events, ["egress"])),
    lane("files", "Files and memory", eventTicks(events, ["file", "memory"])),
    lane("authority", "Grants, approvals", authorityItems(events)),
    lane("platform", "Platform", eventTicks(events, ["instance", "upstream", "run", "note", "erased"])),
    lane("receipt", "Receipt", receipt === undefined ? [] : [receiptItem(receipt)]),
  ];
  return lanes.filter(({ id, items }) => id === "a2a" || items.length > 0);
}

function lane(id: string, label: string, items: readonly LaneItem[]): Lane {
  const placed = items.map(({ startMs, endMs = Number.POSITIVE_INFINITY }) => ({ startMs, endMs }));
  const { rows, count } = packRows(placed);
  return { id, label, items, rows, rowCount: count };
}

function receiptItem({ receiptId, sealedAt }: { readonly receiptId: string; readonly sealedAt: string }): LaneItem {
  const ms = Date.parse(sealedAt);
  return { key: receiptId, startMs: ms, endMs: ms, label: "receipt sealed", detail: receiptId, tone: "good" };
}

/** From the first to the last moment of all lanes; `nowMs` is the end of what goes on. */
export function rangeOf(lanes: readonly Lane[], nowMs: number): Interval {
  let fromMs = Number.POSITIVE_INFINITY;
  let toMs = Number.NEGATIVE_INFINITY;
  for (const { items } of lanes) {
    for (const { startMs, endMs = nowMs } of items) {
      fromMs = Math.min(fromMs, startMs);
      toMs = Math.max(toMs, startMs, endMs);
    }
  }
  return Number.isFinite(fromMs)
    ? { fromMs, toMs: Math.max(toMs, fromMs + 1) }
    : { fromMs: nowMs - 1_000, toMs: nowMs };
}

/** When something was done, for the folding of gaps. */
export function busyOf(lanes: readonly Lane[], nowMs: number): readonly Interval[] {
  return lanes.flatMap(({ items }) =>
    items.flatMap(({ startMs, endMs = nowMs, isIdle }): Interval[] =>
      isIdle === true
        ? [
            { fromMs: startMs, toMs: startMs },
            { fromMs: endMs, toMs: endMs },
          ]
        : [{ fromMs: startMs, toMs: Math.max(startMs, endMs) }],
    ),
  );
}

/** What each lane has at a moment, for the cursor: what is under way, or what came last before it. */
export function itemAt({ items }: Lane, ms: number, nowMs: number): LaneItem | undefined {
  let last: LaneItem | undefined;
  let open: LaneItem | undefined;
  for (const item of items) {
    if (item.startMs > ms) continue;
    if ((item.endMs ?? nowMs) >= ms && item.startMs >= (open?.startMs ?? 0)) open = item;
    if (item.startMs >= (last?.startMs ?? 0)) last = item;
  }
  return open ?? last;
}
