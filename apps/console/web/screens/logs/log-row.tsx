import { clsx } from "clsx";
import { Bookmark } from "lucide-react";
import { memo } from "react";
import { levelOf } from "@berth/telemetry";
import type { StoredLog } from "@berth/telemetry";
import { plainText } from "../../ui/plain-text.ts";
import { AnsiLine } from "../../ui/ansi-line.tsx";
import { COLUMNS } from "./columns.ts";
import type { ColumnId } from "./columns.ts";
import { LevelBadge } from "../../ui/level-badge.tsx";
import { clockOf } from "./model/log-text.ts";

export interface LogRowProps {
  readonly log: StoredLog;
  readonly index: number;
  readonly top: number;
  readonly height: number;
  readonly columns: readonly ColumnId[];
  readonly isWrapped: boolean;
  readonly isChosen: boolean;
  readonly isAnchor: boolean;
  readonly isFound: boolean;
  readonly isMarked: boolean;
  readonly onChoose: (id: number, isSecond: boolean) => void;
}

/** One line. What an agent wrote is text in our own colours, whatever it asks for. */
export const LogRow = memo(function LogRow({
  log,
  index,
  top,
  height,
  columns,
  isWrapped,
  isChosen,
  isAnchor,
  isFound,
  isMarked,
  onChoose,
}: LogRowProps) {
  const level = levelOf(log.severity);
  return (
    <div
      id={`log-${log.id}`}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isChosen || isAnchor}
      onClick={(event) => onChoose(log.id, event.shiftKey)}
      className={clsx(
        "absolute inset-x-0 flex cursor-default items-start gap-2 overflow-hidden border-l-3 px-2 font-mono text-xs leading-6",
        isChosen
          ? "border-accent bg-accent-soft"
          : isAnchor
            ? "border-accent bg-accent-soft/60"
            : isFound
              ? "border-warn bg-warn-soft"
              : "border-transparent hover:bg-sunken",
      )}
      style={{ height, transform: `translateY(${top}px)` }}
    >
      {COLUMNS.map(({ id, width }) =>
        columns.includes(id) ? (
          <span
            key={id}
            role="gridcell"
            className={clsx(
              "h-6 shrink-0 truncate text-muted",
              width,
              id !== "time" && id !== "level" && "max-sm:hidden",
            )}
          >
            {id === "level" ? <LevelBadge level={level} /> : plainText(cellOf(log, id))}
          </span>
        ) : undefined,
      )}
      <span
        role="gridcell"
        className={clsx("min-w-0 flex-1", isWrapped ? "break-all whitespace-pre-wrap" : "h-6 truncate whitespace-pre")}
      >
        {isMarked ? (
          <Bookmark size={12} className="mr-1 inline fill-current text-accent" aria-label="bookmarked" />
        ) : undefined}
        <AnsiLine text={isWrapped ? log.body : firstLine(log.body)} />
      </span>
    </div>
  );
});

function cellOf(log: StoredLog, id: ColumnId): string {
  switch (id) {
    case "time":
      return clockOf(log.atUs);
    case "agent":
      return log.agent ?? "platform";
    case "source":
      return log.source;
    case "instance":
      return log.instanceId === undefined ? "–" : `…${log.instanceId.slice(-8)}`;
    case "task":
      return log.taskId === undefined ? "–" : `…${log.taskId.slice(-8)}`;
    default:
      return "";
  }
}

const MOST = 1_000;

function firstLine(body: string): string {
  const end = body.indexOf("\n");
  const line = end < 0 ? body : `${body.slice(0, end)} ⏎`;
  return line.length > MOST ? `${line.slice(0, MOST)} …` : line;
}
