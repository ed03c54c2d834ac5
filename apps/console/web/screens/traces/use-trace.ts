import { useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, useSyncExternalStore } from "react";
import type { SpanRecord } from "@berth/telemetry";
import { FrameNotifier, useLive } from "../../api/live.ts";
import { SpanBuffer } from "./model/span-buffer.ts";
import { traceQuery } from "./trace-queries.ts";
import type { TraceData } from "./trace-queries.ts";

export interface Trace {
  readonly data: TraceData | undefined;
  readonly error: unknown;
  readonly refetch: () => void;
  /** Those that were read, with what the stream brought since. */
  readonly spans: readonly SpanRecord[];
}

const RECENT_MS = 10_000;
const WRITTEN_MS = 1_500;

/** A trace, and what becomes of it: spans that begin and end later are laid into it by their ids. */
export function useTrace(traceId: string): Trace {
  const query = useQuery(traceQuery(traceId));
  const [notifier] = useState(() => new FrameNotifier());
  useSyncExternalStore(notifier.subscribe, notifier.version);
  const live = useRef<SpanRecord[]>([]);
  const buffer = useMemo(() => {
    const made = new SpanBuffer();
    if (query.data !== undefined) made.merge(query.data.spans);
    made.merge(live.current);
    return made;
  }, [query.data]);
  useLive(
    { topic: "spans", query: `trace:${traceId}` },
    {
      onEvents: (events) => {
        // The topic's own content: docs/reference/telemetry.md.
        const spans = events.flatMap(({ data }) => data["spans"] as readonly SpanRecord[]);
        live.current.push(...spans);
        if (buffer.merge(spans)) notifier.changed();
      },
      onGap: () => void query.refetch(),
    },
  );
  // What was told before this page listened, and written after it read, is read again.
  const { refetch } = query;
  const endUs = query.data?.spans.reduce((last, span) => Math.max(last, span.endUs ?? span.startUs), 0) ?? 0;
  useEffect(() => {
    if (endUs < (Date.now() - RECENT_MS) * 1_000) return undefined;
    const timer = setTimeout(() => void refetch(), WRITTEN_MS);
    return () => clearTimeout(timer);
  }, [endUs, refetch]);
  return { data: query.data, error: query.error, refetch: () => void query.refetch(), spans: buffer.spans };
}

const TICK_MS = 100;
/** A span that nobody has ended for longer than this will not end: it is drawn up to the last that is known. */
const MOST_OPEN_US = 86_400_000_000;

/** The time up to which spans that go on are drawn; it moves while there are some. */
export function useNowUs({
  openCount,
  startUs,
  endUs,
}: {
  readonly openCount: number;
  readonly startUs: number;
  readonly endUs: number;
}): number {
  const [nowUs, setNow] = useState(() => Date.now() * 1_000);
  const isMoving = openCount > 0 && Date.now() * 1_000 - startUs < MOST_OPEN_US;
  useEffect(() => {
    if (!isMoving) return undefined;
    const timer = setInterval(() => setNow(Date.now() * 1_000), TICK_MS);
    return () => clearInterval(timer);
  }, [isMoving]);
  return isMoving ? Math.max(nowUs, endUs) : endUs;
}
