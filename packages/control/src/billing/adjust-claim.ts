import type { JournalRecord } from "@berth/store";
import { toDecimal } from "../limits/decimal.ts";
import type { AddendumClaim } from "../receipts/make-addendum.ts";
import { digestOf } from "../receipts/node-sha256.ts";
import { journalIdOf } from "./posting.ts";

/** What the addendum to a receipt says of a refund. */
export function toAdjustClaim(journal: JournalRecord): AddendumClaim<"adjust"> {
  return {
    amount: toDecimal(journal.amountMicros),
    currency: journal.currency,
    journal: journalIdOf(journal),
    by: journal.madeBy ?? "",
    reason: digestOf(journal.reason ?? ""),
  };
}
