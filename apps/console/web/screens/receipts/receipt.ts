import { infiniteQueryOptions, queryOptions } from "@tanstack/react-query";
import { ApiError, api, path, search, send } from "../../api/client.ts";

export interface ReceiptLine {
  readonly receiptId: string;
  readonly taskId: string;
  readonly leafIndex: number;
  readonly sealedAt: string;
  readonly agent: string;
  readonly agentId: string;
  readonly agentSeq: number;
  readonly acceptedAt: string;
  readonly completedAt: string;
}

export interface ReceiptPage {
  readonly receipts: readonly ReceiptLine[];
  readonly nextPageToken: string;
}

export const receiptsQuery = infiniteQueryOptions({
  queryKey: ["receipts"],
  queryFn: async ({ signal, pageParam }) =>
    await api<ReceiptPage>(`/v1/receipts${search({ pageSize: 100, pageToken: pageParam })}`, { signal }),
  initialPageParam: "",
  getNextPageParam: ({ nextPageToken }) => (nextPageToken === "" ? undefined : nextPageToken),
});

export interface ReceiptInfo {
  readonly receiptId: string;
  readonly taskId: string;
  readonly leafIndex: number;
  readonly sealedAt: string;
  readonly state: "sealed" | "witnessed";
  readonly erased?: boolean;
}

/** By the receipt's id, or by that of its task. */
export function receiptQuery(id: string) {
  return queryOptions({
    queryKey: ["receipt", id],
    queryFn: async ({ signal }) =>
      id.startsWith("task_")
        ? await receiptOfTask(id, signal)
        : await api<ReceiptInfo>(path`/v1/receipts/${id}`, { signal }),
    // Being sealed takes about a second.
    retry: (count, error) => error instanceof ApiError && error.reason === "RECEIPT_PENDING" && count < 10,
    retryDelay: 1_000,
  });
}

async function receiptOfTask(id: string, signal: AbortSignal): Promise<ReceiptInfo> {
  const { agent } = await api<{ agent: string }>(path`/v1/tasks/${id}`, { signal });
  const answer = await send(path`/agents/${agent}/runs/${id}/receipt`, { signal });
  if (answer.status === 202) {
    throw new ApiError(202, {
      reason: "RECEIPT_PENDING",
      detail: "The run has no receipt yet: it has not ended, or is being sealed.",
    });
  }
  return (await answer.json()) as ReceiptInfo;
}

export function bundleQuery(id: string) {
  return queryOptions({
    queryKey: ["bundle", id],
    queryFn: async ({ signal }) => await fetchBundle(id, "all", signal),
  });
}

export async function fetchBundle(id: string, events: "all" | "none", signal?: AbortSignal): Promise<string> {
  const address = path`/v1/receipts/${id}/bundle?events=${events}`;
  const answer = await send(address, { headers: { Accept: "*/*" }, ...(signal === undefined ? {} : { signal }) });
  return await answer.text();
}

export interface Review {
  readonly reviewId: string;
  readonly approver: string;
  readonly verdict: "approved" | "rejected";
  readonly notes: string;
  readonly at: string;
  readonly leafIndex: number;
}

export function reviewsQuery(id: string) {
  return queryOptions({
    queryKey: ["reviews", id],
    queryFn: async ({ signal }) => await api<{ reviews: Review[] }>(path`/v1/receipts/${id}/reviews`, { signal }),
  });
}

export interface AuditEntry {
  readonly auditId: string;
  readonly at: string;
  readonly actor: string;
  readonly action: string;
  readonly resource: string;
  readonly outcome: "ok" | "denied" | "failed";
  readonly leafIndex?: number;
  readonly from?: {
    readonly address?: string;
    readonly door?: string;
    readonly userAgent?: string;
    readonly requestId?: string;
  };
  readonly detail?: unknown;
}

export type AuditFilter = Readonly<
  Partial<Record<"actor" | "action" | "resource" | "outcome" | "from" | "to", string>>
>;

export function auditQuery(filter: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: ["audit", filter],
    queryFn: async ({ signal, pageParam }) =>
      await api<{ entries: AuditEntry[]; nextPageToken: string }>(
        `/v1/audit${search({ ...filter, pageToken: pageParam })}`,
        {
          signal,
        },
      ),
    initialPageParam: "",
    getNextPageParam: ({ nextPageToken }) => (nextPageToken === "" ? undefined : nextPageToken),
  });
}
