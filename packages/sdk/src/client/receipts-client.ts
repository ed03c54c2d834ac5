import type { CallOptions } from "./call-options.ts";
import type { Http, HttpRequest } from "./http.ts";
import type { ErasedRunInfo, ReceiptDetail, ReceiptLine, ReviewInfo, SealedReviewInfo } from "./platform-types.ts";

export interface ReceiptsClient {
  list(
    page?: { readonly pageSize?: number; readonly pageToken?: string },
    options?: CallOptions,
  ): Promise<{ readonly receipts: readonly ReceiptLine[]; readonly nextPageToken?: string }>;
  get(receiptId: string, options?: CallOptions): Promise<ReceiptDetail>;
  /** @throws RECEIPT_PENDING (retryable) while the platform is still sealing it. */
  forTask(agent: string, taskId: string, options?: CallOptions): Promise<ReceiptDetail>;
  /** JSON text, byte for byte as served. `events`: which to disclose (`all`, `none`, `1,5-9`); default: all. */
  bundle(receiptId: string, options?: CallOptions & { readonly events?: string }): Promise<string>;
  tlogProof(receiptId: string, options?: CallOptions): Promise<string>;
  /** Takes what was said out of the run's log, for good. Needs `owner`. */
  erase(receiptId: string, reason: string, options?: CallOptions): Promise<ErasedRunInfo>;
  /** Those that are in the log. */
  reviews(receiptId: string, options?: CallOptions): Promise<readonly SealedReviewInfo[]>;
  /** Signs the run off, or refuses to. Needs `approve`; not of one's own call. */
  review(
    receiptId: string,
    review: { readonly verdict: "approved" | "rejected"; readonly notes: string },
    options?: CallOptions,
  ): Promise<ReviewInfo>;
}

export function createReceiptsClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
  http: Http,
): ReceiptsClient {
  const pathOf = (receiptId: string): string => `v1/receipts/${encodeURIComponent(receiptId)}`;
  return {
    list: (page, options) => request({ method: "GET", path: "v1/receipts", query: { ...page } }, options),
    get: (receiptId, options) => request({ method: "GET", path: pathOf(receiptId) }, options),
    forTask(agent, taskId, options) {
      const path = `agents/${encodeURIComponent(agent)}/runs/${encodeURIComponent(taskId)}/receipt`;
      return request({ method: "GET", path }, options);
    },
    bundle(receiptId, { events, ...options } = {}) {
      const query = events === undefined ? {} : { events };
      return http.text({ method: "GET", path: `${pathOf(receiptId)}/bundle`, query, accept: "*/*" }, options);
    },
    tlogProof: (receiptId, options) =>
      http.text({ method: "GET", path: `${pathOf(receiptId)}/tlog-proof`, accept: "*/*" }, options),
    async reviews(receiptId, options) {
      const path = `${pathOf(receiptId)}/reviews`;
      return (await request<{ readonly reviews: readonly SealedReviewInfo[] }>({ method: "GET", path }, options))
        .reviews;
    },
    erase: (receiptId, reason, options) =>
      request({ method: "POST", path: `${pathOf(receiptId)}/erase`, json: { reason } }, options),
    review: (receiptId, review, options) =>
      request({ method: "POST", path: `${pathOf(receiptId)}/reviews`, json: review }, options),
  };
}
