import { useMemo, useState } from "react";
import { Badge } from "../../../ui/badge.tsx";
import { Button } from "../../../ui/button.tsx";
import { plainText } from "../../../ui/plain-text.ts";
import { Table } from "../../../ui/table.tsx";
import { formatDuration } from "../../../ui/time.tsx";
import type { Lane, LaneItem } from "../model/lanes.ts";
import type { Interval } from "../../../ui/time-scale.ts";

const STEP = 200;

export interface ClockTableProps {
  readonly lanes: readonly Lane[];
  readonly startMs: number;
  readonly brush?: Interval;
  readonly onOpen: (item: LaneItem) => void;
}

/** The same as the picture, to be read. */
export function ClockTable({ lanes, startMs, brush, onOpen }: ClockTableProps) {
  const [shown, setShown] = useState(STEP);
  const rows = useMemo(
    () =>
      lanes
        .flatMap(({ label, items }) => items.map((item) => ({ lane: label, item })))
        .filter(
          ({ item }) =>
            brush === undefined || (item.startMs <= brush.toMs && (item.endMs ?? brush.toMs) >= brush.fromMs),
        )
        .toSorted((a, b) => a.item.startMs - b.item.startMs),
    [lanes, brush],
  );
  return (
    <div className="flex flex-col gap-2">
      <Table
        caption="Everything of this task by time"
        keyOf={({ lane, item }) => `${lane} ${item.key}`}
        rows={rows.slice(0, shown)}
        columns={[
          {
            head: "Since start",
            align: "right",
            cell: ({ item }) => `+${formatDuration(Math.max(0, item.startMs - startMs) * 1_000)}`,
          },
          { head: "Lane", cell: ({ lane }) => lane },
          {
            head: "What",
            cell: ({ item }) => (
              <button
                type="button"
                onClick={() => onOpen(item)}
                className="min-h-6 text-left text-accent-text underline"
              >
                {plainText(item.label)}
              </button>
            ),
          },
          {
            head: "Took",
            align: "right",
            cell: ({ item }) =>
              item.endMs === undefined ? (
                <Badge tone="info">goes on</Badge>
              ) : item.endMs === item.startMs ? (
                ""
              ) : (
                formatDuration((item.endMs - item.startMs) * 1_000)
              ),
          },
          {
            head: "Detail",
            wide: true,
            cell: ({ item }) => (
              <span className="line-clamp-1 break-all text-muted">{plainText(item.detail.slice(0, 300))}</span>
            ),
          },
        ]}
      />
      {rows.length > shown ? (
        <Button small className="self-center" onClick={() => setShown(shown + STEP)}>
          {rows.length - shown} more
        </Button>
      ) : undefined}
    </div>
  );
}
