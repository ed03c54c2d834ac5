import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { CircleCheck, Radio } from "lucide-react";
import { api, search } from "../../api/client.ts";
import { Failure } from "../../ui/status.tsx";

interface SeenTrace {
  readonly traceId: string;
  readonly rootName: string;
  readonly startUs: number;
  readonly durationUs: number;
}

const LOOK_EVERY_MS = 1_500;

/** Looks until something has arrived that a program sent after `sinceMs`. */
export function FirstSpan({ sinceMs }: { readonly sinceMs: number }) {
  const query = useQuery({
    queryKey: ["first-span", sinceMs],
    queryFn: async ({ signal }) => {
      const q = `source:agent since:${new Date(sinceMs).toISOString()}`;
      const { traces } = await api<{ traces: readonly SeenTrace[] }>(`/v1/traces${search({ q, limit: 1 })}`, {
        signal,
      });
      return traces[0] ?? null;
    },
    refetchInterval: ({ state }) => (state.data === null || state.data === undefined ? LOOK_EVERY_MS : false),
  });
  if (query.error !== null) return <Failure error={query.error} retry={() => void query.refetch()} />;
  const seen = query.data;
  return (
    <div role="status" className="flex flex-wrap items-center gap-2 rounded-md bg-sunken p-3">
      {seen === null || seen === undefined ? (
        <>
          <Radio size={16} aria-hidden className="text-info motion-safe:animate-pulse" />
          Waiting for the first span …
        </>
      ) : (
        <>
          <CircleCheck size={16} aria-hidden className="text-good" />
          <span className="font-medium text-good">First span seen:</span>
          <Link to="/traces/$id" params={{ id: seen.traceId }} className="min-w-0 break-all">
            {seen.rootName}
          </Link>
        </>
      )}
    </div>
  );
}
