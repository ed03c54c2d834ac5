import { useQuery } from "@tanstack/react-query";
import { useRef, useState } from "react";
import type { KeyboardEvent, PointerEvent } from "react";
import { Canvas } from "../../ui/canvas.tsx";
import { useCanvasColors } from "../../ui/canvas-colors.ts";
import { BUCKETS, histogramQuery } from "./log-queries.ts";
import type { LogBucket } from "./log-queries.ts";
import { clockOf } from "./model/log-text.ts";
import type { TimeRange } from "./model/time-range.ts";

const HEIGHT = 72;

export interface HistogramProps {
  readonly query: string;
  readonly range: TimeRange;
  readonly onRange: (range: TimeRange) => void;
}

/** How many lines of which level came when. Dragging, or Shift with the arrow keys and Enter, asks for what lies between. */
export function Histogram({ query, range, onRange }: HistogramProps) {
  const { data } = useQuery(histogramQuery(query, range));
  const colors = useCanvasColors();
  const box = useRef<HTMLDivElement>(null);
  const [brush, setBrush] = useState<{ readonly from: number; readonly to: number }>();
  const [cursor, setCursor] = useState<number>();
  /** Where a range that is chosen by keys begins, whichever way it grows. */
  const [anchor, setAnchor] = useState<number>();
  const buckets = data?.buckets ?? [];
  const long = (range.toUs - range.fromUs) / BUCKETS;
  const byIndex = new Map(buckets.map((bucket) => [Math.round((bucket.fromUs - range.fromUs) / long), bucket]));
  const most = Math.max(1, ...buckets.map(total));
  const draw = (
    context: CanvasRenderingContext2D,
    { width, height }: { readonly width: number; readonly height: number },
  ): void => {
    const step = width / BUCKETS;
    const tall = height - 16;
    for (const [index, { counts }] of byIndex) {
      let y = tall;
      const layers: readonly (readonly [number, string])[] = [
        [(counts["trace"] ?? 0) + (counts["debug"] ?? 0) + (counts["info"] ?? 0), colors.tone.info],
        [counts["warn"] ?? 0, colors.tone.warn],
        [(counts["error"] ?? 0) + (counts["fatal"] ?? 0), colors.tone.bad],
      ];
      for (const [count, color] of layers) {
        if (count === 0) continue;
        const part = Math.max(2, (count / most) * (tall - 2));
        context.fillStyle = color;
        context.fillRect(index * step + 0.5, y - part, Math.max(1, step - 1.5), part);
        y -= part;
      }
    }
    context.fillStyle = colors.line;
    context.fillRect(0, tall, width, 1);
    context.font = `11px ${colors.mono}`;
    context.fillStyle = colors.muted;
    context.textBaseline = "middle";
    for (const share of [0, 0.25, 0.5, 0.75]) {
      if (share > 0 && width < 500 && share !== 0.5) continue;
      context.fillText(labelOf(range.fromUs + share * (range.toUs - range.fromUs), range), share * width + 2, tall + 9);
    }
    const marked = brush ?? (cursor === undefined ? undefined : { from: cursor, to: cursor + 1 });
    if (marked === undefined) return;
    const [from, to] = [Math.min(marked.from, marked.to), Math.max(marked.from, marked.to)];
    context.fillStyle = colors.accent;
    context.globalAlpha = 0.2;
    context.fillRect(from * step, 0, Math.max(1, (to - from) * step), tall);
    context.globalAlpha = 1;
  };
  const apply = ({ from, to }: { readonly from: number; readonly to: number }): void => {
    setBrush(undefined);
    setCursor(undefined);
    const time = (at: number): number => Math.round(range.fromUs + at * long);
    if (Math.abs(to - from) > 0.3) onRange({ fromUs: time(Math.min(from, to)), toUs: time(Math.max(from, to)) });
  };
  const placeIn = (event: PointerEvent): number => {
    const { left = 0, width = 1 } = box.current?.getBoundingClientRect() ?? {};
    return Math.min(BUCKETS, Math.max(0, ((event.clientX - left) / width) * BUCKETS));
  };
  function onKeyDown(event: KeyboardEvent): void {
    const by = { ArrowLeft: -1, ArrowRight: 1, PageUp: 10, PageDown: -10, Home: -BUCKETS, End: BUCKETS }[event.key];
    if (by !== undefined) {
      const from = cursor ?? (by > 0 ? -1 : BUCKETS);
      const to = Math.min(BUCKETS - 1, Math.max(0, from + by));
      setCursor(to);
      const start = event.shiftKey ? (anchor ?? Math.min(BUCKETS - 1, Math.max(0, from))) : undefined;
      setAnchor(start);
      setBrush(start === undefined ? undefined : { from: Math.min(start, to), to: Math.max(start, to) + 1 });
    } else if (event.key === "Enter" && cursor !== undefined) apply(brush ?? { from: cursor, to: cursor + 1 });
    else if (event.key === "Escape" && (brush !== undefined || cursor !== undefined)) {
      setBrush(undefined);
      setCursor(undefined);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
  const at = cursor === undefined ? undefined : byIndex.get(cursor);
  return (
    <div
      ref={box}
      role="slider"
      tabIndex={0}
      aria-label="Lines over time"
      aria-valuemin={0}
      aria-valuemax={BUCKETS - 1}
      aria-valuenow={cursor ?? 0}
      aria-valuetext={
        cursor === undefined
          ? `${buckets.reduce((sum, each) => sum + total(each), 0)} lines in all`
          : textOf(at, range.fromUs + cursor * long, range)
      }
      title="Drag over a part to see only that; keys: arrows, with Shift to extend, Enter"
      onKeyDown={onKeyDown}
      onBlur={() => setCursor(undefined)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        setBrush({ from: placeIn(event), to: placeIn(event) });
      }}
      onPointerMove={(event) => {
        if (event.currentTarget.hasPointerCapture(event.pointerId) && brush !== undefined)
          setBrush({ ...brush, to: placeIn(event) });
      }}
      onPointerUp={() => {
        if (brush !== undefined) apply(brush);
      }}
      onPointerCancel={() => setBrush(undefined)}
      className="min-w-0 cursor-crosshair touch-pan-y px-1 pt-1"
    >
      <Canvas draw={draw} height={HEIGHT} />
    </div>
  );
}

function total({ counts }: LogBucket): number {
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}

function textOf(bucket: LogBucket | undefined, fromUs: number, range: TimeRange): string {
  const counts = Object.entries(bucket?.counts ?? {}).map(([level, count]) => `${count} ${level}`);
  return `${labelOf(fromUs, range)}: ${counts.length === 0 ? "no lines" : counts.join(", ")}`;
}

/** With the day when the range is longer than one. */
function labelOf(us: number, { fromUs, toUs }: TimeRange): string {
  const clock = clockOf(us).slice(0, toUs - fromUs < 600_000_000 ? 8 : 5);
  if (toUs - fromUs < 86_400_000_000) return clock;
  const day = new Date(us / 1_000);
  return `${day.getMonth() + 1}-${String(day.getDate()).padStart(2, "0")} ${clock}`;
}
