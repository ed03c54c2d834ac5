import { queryOptions } from "@tanstack/react-query";
import type { SpanRecord, StoredLog } from "@berth/telemetry";
import { api, path, search } from "../../api/client.ts";

/** `GET /v1/traces` */
export interface TraceSummary {
  readonly traceId: string;
  readonly rootName: string;
  readonly spanId: string;
  readonly agent?: string;
  readonly taskId?: string;
  readonly startUs: number;
  readonly durationUs: number;
  readonly spans: number;
  readonly errors: number;
}

/** `GET /v1/traces/{id}` */
export interface TraceData {
  readonly traceId: string;
  readonly spans: readonly SpanRecord[];
  readonly truncated: boolean;
  readonly taskIds: readonly string[];
  readonly siblings: readonly string[];
}

/** When the spans of a trace were there: the first drawing is measured from here. */
export const TRACE_READ = "berth.trace.read";

export const traceQuery = (traceId: string) =>
  queryOptions({
    queryKey: ["trace", traceId],
    queryFn: async ({ signal }) => {
      const trace = await api<TraceData>(path`/v1/traces/${traceId}`, { signal });
      performance.mark(TRACE_READ);
      return trace;
    },
    // What comes later comes by the live stream.
    staleTime: Infinity,
    gcTime: 30_000,
    refetchOnWindowFocus: false,
  });

export const spanLogsQuery = (traceId: string, spanId: string) =>
  queryOptions({
    queryKey: ["span-logs", traceId, spanId],
    queryFn: async ({ signal }) => {
      const q = `trace:${traceId} span:${spanId}`;
      return await api<{ readonly logs: readonly StoredLog[] }>(
        `/v1/logs${search({ q, limit: 500, order: "oldest" })}`,
        { signal },
      );
    },
  });

const FACETS: Readonly<Record<string, string>> = { agent: "agent", service: "service", instance: "instance" };

/** Values that occur, for completion: those of log lines, which are of the same agents. */
export async function facetValues(field: string): Promise<readonly string[]> {
  const facet = FACETS[field];
  if (facet === undefined) return [];
  const { values } = await api<{ readonly values: readonly { readonly value: string }[] }>(
    `/v1/logs/facets${search({ field: facet, q: "since:7d", limit: 100 })}`,
  );
  return values.map(({ value }) => value);
}
