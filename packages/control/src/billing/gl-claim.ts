import type { GlClaim } from "@berth/ledger";
import type { JournalRecord } from "@berth/store";
import { toDecimal } from "../limits/decimal.ts";
import { journalIdOf, postingDigest } from "./posting.ts";

/** What a receipt signs of its run's journal. */
export function glClaim(journal: JournalRecord): GlClaim {
  return {
    journal: journalIdOf(journal),
    posting: postingDigest(journal),
    amount: toDecimal(journal.amountMicros),
    currency: journal.currency,
    ...(journal.price === undefined ? {} : { price: journal.price }),
  };
}
