import type { Principal } from "@berth/protocol";

type Verdict = "approved" | "rejected";

export interface NewReview {
  readonly verdict: Verdict;
  /** Why. It stays with the platform, in the audit log; the signed statement has its hash. */
  readonly notes: string;
}

/** A review that was signed and waits for its leaf, or has it. */
export interface Review {
  /** The addendum's id. */
  readonly reviewId: string;
  readonly receiptId: string;
  readonly taskId: string;
  readonly approver: string;
  readonly verdict: Verdict;
  /** `sha256:<hex>` of the notes. */
  readonly notes: string;
}

/** A review that stands in the log. */
export interface SealedReview extends Review {
  readonly at: string;
  readonly authn?: { readonly scheme: string; readonly iss?: string; readonly client_id?: string };
  readonly leafIndex: number;
}

/** People sign runs off. A review never changes: who thinks again writes another, and the last one of each counts. */
export interface Reviews {
  /**
   * Needs `review.write`. Only a person or their key, and not who made the call; audited. The statement is durable when
   * this returns and in the log about a second later.
   * @throws RECEIPT_NOT_FOUND, PERMISSION_DENIED, INVALID_PARAMS, QUOTA_EXCEEDED for a receipt with a thousand addenda.
   */
  add(principal: Principal, receiptId: string, review: NewReview): Promise<Review>;
  /** Of a receipt that the principal sees, in the order of the log. @throws RECEIPT_NOT_FOUND */
  list(principal: Principal, receiptId: string): Promise<readonly SealedReview[]>;
}
