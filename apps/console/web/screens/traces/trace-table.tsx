import { Link } from "@tanstack/react-router";
import { clsx } from "clsx";
import { CircleAlert } from "lucide-react";
import { plainText } from "../../ui/plain-text.ts";
import { Time, formatDuration } from "../../ui/time.tsx";
import type { TraceSummary } from "./trace-queries.ts";

export interface TraceTableProps {
  readonly rows: readonly TraceSummary[];
  readonly selected: readonly string[];
  readonly onSelect: (traceId: string, isSelected: boolean) => void;
}

const HEAD = "border-b border-line px-2 py-2 text-left text-xs font-semibold whitespace-nowrap text-muted";
const CELL = "border-b border-line px-2 py-1.5 align-middle";

/** Newest first. The bar behind a duration is its share of the longest in the list. */
export function TraceTable({ rows, selected, onSelect }: TraceTableProps) {
  const longest = Math.max(1, ...rows.map(({ durationUs }) => durationUs));
  return (
    <div className="overflow-x-auto" tabIndex={0} role="region" aria-label="Traces">
      <table className="w-full border-collapse text-sm">
        <caption className="sr-only">Traces, newest first</caption>
        <thead>
          <tr>
            <th scope="col" className={HEAD}>
              <span className="sr-only">Compare</span>
            </th>
            <th scope="col" className={HEAD}>
              Trace
            </th>
            <th scope="col" className={clsx(HEAD, "max-sm:hidden")}>
              Agent
            </th>
            <th scope="col" className={clsx(HEAD, "max-lg:hidden")}>
              Task
            </th>
            <th scope="col" className={clsx(HEAD, "w-44")}>
              Duration
            </th>
            <th scope="col" className={clsx(HEAD, "text-right max-md:hidden")}>
              Spans
            </th>
            <th scope="col" className={clsx(HEAD, "text-right")}>
              Errors
            </th>
            <th scope="col" className={clsx(HEAD, "text-right max-sm:hidden")}>
              Started
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr
              key={row.traceId}
              className={clsx("h-10", selected.includes(row.traceId) ? "bg-accent-soft" : "hover:bg-sunken")}
            >
              <td className={CELL}>
                <input
                  type="checkbox"
                  aria-label={`Compare ${row.rootName} ${row.traceId.slice(0, 8)}`}
                  checked={selected.includes(row.traceId)}
                  onChange={({ currentTarget }) => onSelect(row.traceId, currentTarget.checked)}
                  className="m-1 block size-4 accent-(--accent)"
                />
              </td>
              <td className={clsx(CELL, "max-w-0 min-w-32")} style={{ width: "40%" }}>
                <Link
                  data-row
                  to="/traces/$id"
                  params={{ id: row.traceId }}
                  className="flex min-h-6 min-w-0 items-center gap-2 text-text no-underline hover:underline"
                >
                  <span className="truncate font-medium">{plainText(row.rootName)}</span>
                  <span className="shrink-0 font-mono text-xs text-muted">{row.traceId.slice(0, 8)}</span>
                </Link>
              </td>
              <td className={clsx(CELL, "max-sm:hidden")}>
                {row.agent === undefined ? undefined : (
                  <Link to="/agents/$name" params={{ name: row.agent }} className="inline-flex min-h-6 items-center">
                    {plainText(row.agent)}
                  </Link>
                )}
              </td>
              <td className={clsx(CELL, "max-lg:hidden")}>
                {row.taskId === undefined ? undefined : (
                  <Link
                    to="/tasks/$id"
                    params={{ id: row.taskId }}
                    title={row.taskId}
                    className="inline-flex min-h-6 items-center font-mono text-xs"
                  >
                    …{row.taskId.slice(-8)}
                  </Link>
                )}
              </td>
              <td className={CELL}>
                <span className="flex items-center gap-2">
                  <span className="w-18 shrink-0 text-right whitespace-nowrap tabular-nums">
                    {formatDuration(row.durationUs)}
                  </span>
                  <span aria-hidden className="h-1.5 min-w-10 flex-1 rounded-full bg-sunken max-sm:hidden">
                    <span
                      className="block h-full rounded-full bg-accent"
                      style={{ width: `${Math.max(1, (row.durationUs / longest) * 100)}%` }}
                    />
                  </span>
                </span>
              </td>
              <td className={clsx(CELL, "text-right tabular-nums max-md:hidden")}>{row.spans}</td>
              <td className={clsx(CELL, "text-right tabular-nums")}>
                {row.errors === 0 ? (
                  <span className="text-muted">–</span>
                ) : (
                  <span className="inline-flex items-center gap-1 font-medium text-bad">
                    <CircleAlert size={13} aria-hidden />
                    {row.errors}
                  </span>
                )}
              </td>
              <td className={clsx(CELL, "text-right max-sm:hidden")}>
                <Time at={new Date(row.startUs / 1_000).toISOString()} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
