import { useEffect, useMemo, useRef, useState } from "react";
import type { StoredLog } from "@berth/telemetry";
import { Button } from "../../ui/button.tsx";
import { plainText } from "../../ui/plain-text.ts";
import { Table } from "../../ui/table.tsx";
import { Time } from "../../ui/time.tsx";
import { LevelBadge } from "../../ui/level-badge.tsx";
import type { LogBuffer } from "./model/log-buffer.ts";
import { clusterLines, termOf } from "./model/log-patterns.ts";

/** Clustering costs some microseconds a line: so many a second are nothing, and of more the newest say enough. */
const MOST_LINES = 20_000;
const MOST_PATTERNS = 100;
const EVERY_MS = 1_000;

export function PatternTable({
  buffer,
  version,
  onTerm,
}: {
  readonly buffer: LogBuffer;
  readonly version: number;
  readonly onTerm: (term: string) => void;
}) {
  const seen = useThrottled(version);
  const patterns = useMemo(
    () => clusterLines(newest(buffer)),
    // The buffer changes in place: its version says so.
    [buffer, seen],
  );
  return (
    <div className="max-h-[62dvh] min-h-72 overflow-y-auto" tabIndex={0} role="region" aria-label="Patterns">
      <p className="px-3 py-1.5 text-xs text-muted">
        {patterns.length} patterns in the newest {Math.min(MOST_LINES, buffer.length).toLocaleString("en")} lines
      </p>
      <Table
        caption="Patterns of the lines, most frequent first"
        rows={patterns.slice(0, MOST_PATTERNS)}
        keyOf={({ pattern }) => pattern}
        columns={[
          { head: "Lines", align: "right", cell: ({ count }) => count.toLocaleString("en") },
          { head: "Level", cell: ({ level }) => <LevelBadge level={level} /> },
          {
            head: "Pattern",
            cell: ({ pattern }) => (
              <span className="line-clamp-2 font-mono text-xs break-all">{plainText(pattern)}</span>
            ),
          },
          { head: "Last", wide: true, cell: ({ lastUs }) => <Time at={new Date(lastUs / 1_000).toISOString()} /> },
          {
            head: "Show",
            cell: ({ pattern, example }) => {
              const term = termOf(example);
              return term === undefined ? undefined : (
                <span className="flex">
                  <Button look="quiet" small aria-label={`Only ${pattern.slice(0, 60)}`} onClick={() => onTerm(term)}>
                    Only
                  </Button>
                  <Button
                    look="quiet"
                    small
                    aria-label={`Without ${pattern.slice(0, 60)}`}
                    onClick={() => onTerm(`-${term}`)}
                  >
                    Without
                  </Button>
                </span>
              );
            },
          },
        ]}
      />
    </div>
  );
}

function* newest(buffer: LogBuffer): Generator<StoredLog> {
  for (let index = Math.max(0, buffer.length - MOST_LINES); index < buffer.length; index += 1) {
    const log = buffer.at(index)?.log;
    if (log !== undefined) yield log;
  }
}

function useThrottled(version: number): number {
  const [seen, setSeen] = useState(version);
  const latest = useRef(version);
  latest.current = version;
  useEffect(() => {
    const timer = setInterval(() => setSeen(latest.current), EVERY_MS);
    return () => clearInterval(timer);
  }, []);
  return seen;
}
