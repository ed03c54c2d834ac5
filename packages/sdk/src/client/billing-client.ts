import type { CallOptions } from "./call-options.ts";
import type { Http, HttpRequest } from "./http.ts";

export type UsageDimension = "agent" | "skill" | "model" | "caller" | "day";

/** Amounts are decimal text. */
export interface UsageAmountsInfo {
  readonly calls: number;
  readonly seconds: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly charged: string;
  /** Zero or less. */
  readonly refunded: string;
  readonly amount: string;
}

export interface UsageReportInfo {
  readonly from: string;
  readonly to: string;
  readonly currency: string;
  readonly groupBy: UsageDimension;
  readonly groups: readonly (UsageAmountsInfo & { readonly key: string; readonly agentName?: string })[];
  readonly total: UsageAmountsInfo;
}

export interface StatementInfo {
  readonly month: string;
  readonly orgId: string;
  readonly currency: string;
  readonly from: string;
  readonly to: string;
  readonly lines: readonly (UsageAmountsInfo & {
    readonly agentId: string;
    readonly agentName: string;
    readonly principalId: string;
  })[];
  readonly total: UsageAmountsInfo;
  readonly accounts: readonly {
    readonly account: string;
    readonly debit: string;
    readonly credit: string;
    readonly balance: string;
  }[];
}

export interface JournalInfo {
  readonly journalId: string;
  readonly kind: "run" | "refund";
  readonly taskId: string;
  readonly at: string;
  readonly agentId: string;
  readonly agentName?: string;
  readonly releaseId: string;
  readonly caller: string;
  readonly skill?: string;
  readonly models?: readonly string[];
  readonly price?: string;
  readonly currency: string;
  readonly amount: string;
  readonly seconds: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Debits are positive, credits negative. */
  readonly lines: readonly { readonly account: string; readonly amount: string }[];
  readonly posting: string;
  readonly reason?: string;
  readonly by?: string;
}

export interface PeriodQuery {
  /** RFC 3339 or a day; default: this month. */
  readonly from?: string;
  readonly to?: string;
}

/** All but `refund` need `read` or `audit`. */
export interface BillingClient {
  usage(query?: PeriodQuery & { readonly groupBy?: UsageDimension }, options?: CallOptions): Promise<UsageReportInfo>;
  /** `month` such as `2026-11`. */
  statement(month: string, options?: CallOptions): Promise<StatementInfo>;
  statementCsv(month: string, options?: CallOptions): Promise<string>;
  journals(
    query?: PeriodQuery & { readonly task?: string; readonly pageSize?: number; readonly pageToken?: string },
    options?: CallOptions,
  ): Promise<{ readonly journals: readonly JournalInfo[]; readonly nextPageToken: string }>;
  /** Without an amount all that is left of the charge. Needs `admin`. */
  refund(
    receiptId: string,
    refund: { readonly amount?: string; readonly reason: string },
    options?: CallOptions,
  ): Promise<JournalInfo>;
}

export function createBillingClient(
  request: <T>(request: HttpRequest, options?: CallOptions) => Promise<T>,
  { text }: Pick<Http, "text">,
): BillingClient {
  const statementPath = (month: string): string => `v1/statements/${encodeURIComponent(month)}`;
  return {
    usage: async (query, options) => await request({ method: "GET", path: "v1/usage", query: { ...query } }, options),
    statement: async (month, options) => await request({ method: "GET", path: statementPath(month) }, options),
    statementCsv: async (month, options) =>
      await text({ method: "GET", path: statementPath(month), accept: "text/csv" }, options),
    journals: async (query, options) =>
      await request({ method: "GET", path: "v1/journals", query: { ...query } }, options),
    refund: async (receiptId, refund, options) =>
      await request(
        { method: "POST", path: `v1/receipts/${encodeURIComponent(receiptId)}/refunds`, json: refund },
        options,
      ),
  };
}
