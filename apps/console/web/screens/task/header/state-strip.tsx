import { ChevronRight } from "lucide-react";
import { clsx } from "clsx";
import { StateBadge } from "../../../ui/state-badge.tsx";
import { formatDuration } from "../../../ui/time.tsx";
import type { VisitedState } from "../model/snapshot.ts";

export interface StateStripProps {
  readonly states: readonly VisitedState[];
  /** Of the event at the playhead. */
  readonly seq: number;
  readonly onSeek: (seq: number) => void;
}

/** The states of the task's machine in the order it went through them, each with how long it stayed. */
export function StateStrip({ states, seq, onSeek }: StateStripProps) {
  const current = states.findLastIndex((state) => state.seq <= seq);
  return (
    <ol aria-label="States of the task" className="flex flex-wrap items-center gap-x-1 gap-y-1">
      {states.map(({ state, seq: at, at: since, ms }, index) => (
        <li key={at} className="flex items-center gap-1">
          {index === 0 ? undefined : <ChevronRight size={13} aria-hidden className="text-muted" />}
          <button
            type="button"
            onClick={() => onSeek(at)}
            aria-current={index === current ? "step" : undefined}
            title={`since ${since}`}
            className={clsx(
              "flex min-h-7 items-center gap-1.5 rounded-full border pr-2 text-xs",
              index === current
                ? "border-accent"
                : index > current
                  ? "border-dashed border-line-strong"
                  : "border-transparent",
            )}
          >
            <StateBadge state={state} />
            <span className="text-muted tabular-nums">
              {ms === undefined ? since.slice(11, 19) : formatDuration(ms * 1_000)}
            </span>
          </button>
        </li>
      ))}
    </ol>
  );
}
