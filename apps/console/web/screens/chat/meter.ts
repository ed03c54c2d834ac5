import { foldTask } from "@berth/protocol";
import type { RunUsage, TaskEvent } from "@berth/protocol";
import { queryOptions } from "@tanstack/react-query";
import type { QueryClient } from "@tanstack/react-query";
import { api, path } from "../../api/client.ts";

export interface Meter {
  /** Events up to here are counted. */
  readonly seq: number;
  readonly kept: readonly TaskEvent[];
  readonly usage?: RunUsage;
  readonly connections: number;
  readonly denied: number;
  readonly traceId?: string;
}

const EMPTY: Meter = { seq: 0, kept: [], connections: 0, denied: 0 };
const COUNTED: ReadonlySet<string> = new Set(["accepted", "usage", "model", "egress"]);
const LIVE_MS = 2_000;

/** What a run has used so far, read on from where it was read before: only the platform's log has it, not the stream. */
export function meterQuery(queries: QueryClient, taskId: string, isLive: boolean) {
  const queryKey = ["meter", taskId];
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }): Promise<Meter> => {
      const known = queries.getQueryData<Meter>(queryKey) ?? EMPTY;
      const address = path`/v1/tasks/${taskId}/events?after=${known.seq}&limit=10000`;
      const { events } = await api<{ events: readonly TaskEvent[] }>(address, { signal });
      return withEvents(known, events);
    },
    refetchInterval: isLive ? LIVE_MS : false,
    staleTime: isLive ? 0 : 10_000,
  });
}

export function withEvents(meter: Meter, events: readonly TaskEvent[]): Meter {
  const fresh = events.filter(({ seq, body }) => seq > meter.seq && COUNTED.has(body.kind));
  const kept = [...meter.kept, ...fresh];
  const [first] = kept;
  if (first?.body.kind !== "accepted") return { ...meter, kept };
  const egress = kept.flatMap(({ body }) => (body.kind === "egress" ? [body.decision] : []));
  const { usage } = foldTask(kept);
  const traceId = first.body.trace?.traceparent.split("-")[1];
  return {
    seq: events.at(-1)?.seq ?? meter.seq,
    kept,
    connections: egress.filter((decision) => decision === "allowed").length,
    denied: egress.filter((decision) => decision === "denied").length,
    ...(usage === undefined ? {} : { usage }),
    ...(traceId === undefined ? {} : { traceId }),
  };
}
