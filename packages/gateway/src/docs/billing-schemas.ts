import { JOURNAL_DIMENSIONS } from "@berth/control";
import { choice, described, instant, integer, list, object, text } from "./json-schema.ts";
import type { JsonSchema } from "./json-schema.ts";

export type BillingSchemaName = "UsageReport" | "Statement" | "Journal" | "JournalList" | "NewRefund" | "LedgerCheck";

const decimal = described("Decimal text.", text);
const AMOUNTS = {
  calls: integer,
  seconds: decimal,
  inputTokens: integer,
  outputTokens: integer,
  charged: decimal,
  refunded: described("Decimal text, zero or less.", text),
  amount: described("What was charged together with what was refunded.", text),
};
const JOURNAL = object({
  journalId: text,
  kind: choice("run", "refund"),
  taskId: text,
  at: instant,
  agentId: text,
  "agentName?": text,
  releaseId: text,
  caller: text,
  "skill?": text,
  "models?": list(text),
  "price?": described("Version of the price.", text),
  currency: text,
  amount: described("Decimal text; of a refund zero or less.", text),
  seconds: decimal,
  inputTokens: integer,
  outputTokens: integer,
  lines: list(object({ account: text, amount: described("Debits are positive, credits negative.", text) })),
  posting: described("`sha256:<hex>` of the posting's JCS text, as the receipt signs it.", text),
  "reason?": text,
  "by?": text,
});

export const BILLING_SCHEMAS: Readonly<Record<BillingSchemaName, JsonSchema>> = {
  UsageReport: object({
    from: instant,
    to: instant,
    currency: text,
    groupBy: choice(...JOURNAL_DIMENSIONS),
    groups: list(object({ key: text, "agentName?": text, ...AMOUNTS })),
    total: object(AMOUNTS),
  }),
  Statement: object({
    month: text,
    orgId: text,
    currency: text,
    from: instant,
    to: instant,
    lines: list(object({ agentId: text, agentName: text, principalId: text, ...AMOUNTS })),
    total: object(AMOUNTS),
    accounts: list(object({ account: text, debit: decimal, credit: decimal, balance: decimal })),
  }),
  Journal: JOURNAL,
  JournalList: object({ journals: list(JOURNAL), nextPageToken: text }),
  NewRefund: object({
    "amount?": described("Decimal text; default: all that is left of the charge.", text),
    reason: text,
  }),
  LedgerCheck: object({
    tasks: integer,
    receipts: integer,
    journals: integer,
    pending: integer,
    differences: list(text),
    background: described(
      "The comparison that runs all the time.",
      object({ "checkedAt?": instant, checked: integer, differences: list(text) }),
    ),
  }),
};
