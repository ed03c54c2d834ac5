import { Minus, Plus, Scan, Table2, X } from "lucide-react";
import { useEffect, useMemo, useState } from "react";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { useSearchState } from "../../../ui/search-state.ts";
import { formatDuration } from "../../../ui/time.tsx";
import type { Lane, LaneItem } from "../model/lanes.ts";
import { busyOf, rangeOf } from "../model/lanes.ts";
import type { Skew } from "../model/skew.ts";
import { createTimeScale } from "../../../ui/time-scale.ts";
import type { Interval } from "../../../ui/time-scale.ts";
import { ClockCanvas } from "./clock-canvas.tsx";
import { placeLanes, zoomView } from "./clock-layout.ts";
import type { View } from "./clock-layout.ts";
import { ClockTable } from "./clock-table.tsx";
import { CursorValues } from "./cursor-values.tsx";

const TICK_MS = 250;

export interface ClockPaneProps {
  readonly lanes: readonly Lane[];
  readonly skews: readonly Skew[];
  readonly headMs?: number;
  readonly brush?: Interval;
  readonly onBrush: (brush: Interval | undefined) => void;
  readonly onOpen: (item: LaneItem) => void;
  /** What of it is not all: spans are cut, telemetry could not be read. */
  readonly notice?: string;
}

/** Everything on one clock: a cursor through all lanes, a brush that filters the other panes, idle time folded on request. */
export function ClockPane({ lanes, skews, headMs, brush, onBrush, onOpen, notice }: ClockPaneProps) {
  const [search, setSearch] = useSearchState();
  const isFolded = search["fold"] !== "off";
  const isTable = search["clock"] === "table";
  const isOpen = lanes.some(({ items }) => items.some(({ endMs }) => endMs === undefined));
  const nowMs = useNow(isOpen);
  const scale = useMemo(
    () => createTimeScale(busyOf(lanes, nowMs), rangeOf(lanes, nowMs), isFolded),
    [lanes, nowMs, isFolded],
  );
  const { places, height } = useMemo(() => placeLanes(lanes), [lanes]);
  const [zoomed, setZoomed] = useState<View>();
  const [cursorMs, setCursorMs] = useState<number>();
  const view = zoomed ?? { from: 0, to: scale.length };
  const zoom = (factor: number): void => {
    const next = zoomView(view, scale.length, factor, (view.from + view.to) / 2);
    setZoomed(next.to - next.from >= scale.length ? undefined : next);
  };
  const fold = (): void => {
    setZoomed(undefined);
    setSearch({ fold: isFolded ? "off" : undefined });
  };
  const startMs = scale.stretches[0]?.fromMs ?? 0;
  return (
    <div className="flex min-w-0 flex-col gap-2">
      <div className="flex flex-wrap items-center gap-1.5">
        <Button small aria-label="Zoom in" onClick={() => zoom(0.5)} disabled={isTable}>
          <Plus size={14} aria-hidden />
        </Button>
        <Button small aria-label="Zoom out" onClick={() => zoom(2)} disabled={isTable || zoomed === undefined}>
          <Minus size={14} aria-hidden />
        </Button>
        <Button
          small
          aria-label="Show all"
          onClick={() => setZoomed(undefined)}
          disabled={isTable || zoomed === undefined}
        >
          <Scan size={14} aria-hidden />
        </Button>
        <Button small aria-pressed={isFolded} onClick={fold}>
          Idle time{" "}
          {isFolded
            ? scale.foldedMs > 0
              ? `folded, ${formatDuration(scale.foldedMs * 1_000)}`
              : "folded, none"
            : "shown"}
        </Button>
        <Button small aria-pressed={isTable} onClick={() => setSearch({ clock: isTable ? undefined : "table" })}>
          <Table2 size={14} aria-hidden />
          Table
        </Button>
        {brush === undefined ? undefined : (
          <Button small look="primary" onClick={() => onBrush(undefined)}>
            Only +{formatDuration((brush.fromMs - startMs) * 1_000)} to +
            {formatDuration((brush.toMs - startMs) * 1_000)}
            <X size={13} aria-hidden />
            <span className="sr-only">: show all again</span>
          </Button>
        )}
        <span className="ml-auto flex flex-wrap items-center gap-1.5">
          {skews.map(({ source, ms }) => (
            <Badge
              key={source}
              tone="warn"
              title="Times that cannot be true show that this clock differs from the platform's."
            >
              {source}: clock {ms > 0 ? "ahead" : "behind"} by {formatDuration(Math.abs(ms) * 1_000)}
            </Badge>
          ))}
        </span>
      </div>
      {notice === undefined ? undefined : <p className="text-xs text-warn">{notice}</p>}
      {isTable ? (
        <ClockTable lanes={lanes} startMs={startMs} {...(brush === undefined ? {} : { brush })} onOpen={onOpen} />
      ) : (
        <>
          <ClockCanvas
            picture={{
              lanes,
              places,
              scale,
              view,
              nowMs,
              ...(headMs === undefined ? {} : { headMs }),
              ...(cursorMs === undefined ? {} : { cursorMs }),
              ...(brush === undefined ? {} : { brush }),
            }}
            height={height}
            onView={setZoomed}
            onCursor={setCursorMs}
            onBrush={onBrush}
            onOpen={onOpen}
          />
          <CursorValues
            lanes={lanes}
            startMs={startMs}
            nowMs={nowMs}
            {...(cursorMs === undefined ? {} : { cursorMs })}
          />
        </>
      )}
    </div>
  );
}

/** The time, for what is under way; it stands still when nothing is. */
function useNow(isRunning: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => setNow(Date.now()), TICK_MS);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}
