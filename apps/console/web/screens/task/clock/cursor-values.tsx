import { plainText } from "../../../ui/plain-text.ts";
import { formatDuration } from "../../../ui/time.tsx";
import { itemAt } from "../model/lanes.ts";
import type { Lane } from "../model/lanes.ts";

/** What every lane has at the cursor; without one, how to get one. */
export function CursorValues({
  lanes,
  startMs,
  nowMs,
  cursorMs,
}: {
  readonly lanes: readonly Lane[];
  readonly startMs: number;
  readonly nowMs: number;
  readonly cursorMs?: number;
}) {
  if (cursorMs === undefined) {
    return (
      <p className="min-h-6 text-xs text-muted">
        Point at a moment to read all lanes there. Drag to filter by time. With the keyboard: arrows, Shift with arrows,
        Enter.
      </p>
    );
  }
  return (
    <div className="text-xs">
      <p className="min-h-6 font-mono text-muted tabular-nums">
        +{formatDuration(Math.max(0, cursorMs - startMs) * 1_000)} · {new Date(cursorMs).toISOString().slice(11, 23)}
      </p>
      <dl className="grid grid-cols-[auto_minmax(0,1fr)] gap-x-3 gap-y-0.5 md:grid-cols-[auto_minmax(0,1fr)_auto_minmax(0,1fr)]">
        {lanes.map((lane) => {
          const item = itemAt(lane, cursorMs, nowMs);
          const isNow = item !== undefined && (item.endMs ?? nowMs) >= cursorMs;
          return (
            <div key={lane.id} className="contents">
              <dt className="text-muted">{lane.label}</dt>
              <dd className="truncate">
                {item === undefined ? (
                  <span className="text-muted">nothing yet</span>
                ) : (
                  <>
                    <span className={isNow ? "font-medium" : ""}>{plainText(item.label)}</span>{" "}
                    <span className="text-muted">
                      {isNow ? "" : `${formatDuration((cursorMs - (item.endMs ?? item.startMs)) * 1_000)} ago `}
                      {plainText(item.detail.slice(0, 160))}
                    </span>
                  </>
                )}
              </dd>
            </div>
          );
        })}
      </dl>
    </div>
  );
}
