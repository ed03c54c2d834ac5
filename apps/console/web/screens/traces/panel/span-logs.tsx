import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { levelOf } from "@berth/telemetry";
import { LevelBadge } from "../../../ui/level-badge.tsx";
import { AnsiLine } from "../../../ui/ansi-line.tsx";
import { Loaded } from "../../../ui/status.tsx";
import { formatDuration } from "../../../ui/time.tsx";
import { spanLogsQuery } from "../trace-queries.ts";

/** What was logged while the span was the current one. */
export function SpanLogs({
  traceId,
  spanId,
  startUs,
}: {
  readonly traceId: string;
  readonly spanId: string;
  readonly startUs: number;
}) {
  const query = useQuery(spanLogsQuery(traceId, spanId));
  return (
    <Loaded query={query} what="the lines">
      {({ logs }) =>
        logs.length === 0 ? (
          <p className="text-sm text-muted">
            Nothing was logged in this span.{" "}
            <Link to="/logs" search={{ q: `trace:${traceId}` }}>
              All lines of the trace
            </Link>
          </p>
        ) : (
          <ul className="flex flex-col gap-1 text-xs">
            {logs.map((log) => (
              <li key={log.id} className="grid grid-cols-[auto_auto_minmax(0,1fr)] items-baseline gap-2">
                <Link
                  to="/logs"
                  search={{ q: `trace:${traceId}`, line: log.id }}
                  className="inline-flex min-h-6 items-center font-mono tabular-nums"
                >
                  +{formatDuration(Math.max(0, log.atUs - startUs))}
                </Link>
                <LevelBadge level={levelOf(log.severity)} />
                <span className="font-mono break-words whitespace-pre-wrap">
                  <AnsiLine text={log.body} />
                </span>
              </li>
            ))}
          </ul>
        )
      }
    </Loaded>
  );
}
