import type { Command } from "../command.ts";
import { UsageError } from "../args/usage-error.ts";
import { fields } from "../render/table.ts";
import { receiptIdOf } from "../run/receipt-id.ts";

export const reviewCommand: Command = {
  name: "receipts review",
  summary: "Sign a run off, or refuse to.",
  details:
    "A signed statement about the receipt, in the log about a second later and in every bundle from then on. It has the hash of the notes; the notes themselves are in the audit log. Not for runs that you called yourself.",
  positionals: [{ name: "ID", summary: "the receipt's id, or its task's" }],
  options: {
    approve: { type: "boolean", summary: "the run is as it should be" },
    reject: { type: "boolean", summary: "it is not" },
    notes: { type: "string", value: "TEXT", summary: "what was looked at, or why not" },
  },
  examples: [
    'a2a receipts review rcpt_01… --approve --notes "checked against the order"',
    'a2a receipts review task_01… --reject --notes "the total is wrong"',
  ],
  async run({ args, platform }) {
    const [approve, reject, notes] = [args.flag("approve"), args.flag("reject"), args.text("notes")];
    if (approve === reject) throw new UsageError("A review is one of both.", "Add --approve or --reject.");
    if (notes === undefined) throw new UsageError("A review says why.", "Add --notes TEXT.");
    const client = await platform();
    const receiptId = await receiptIdOf(client, args.required("ID"));
    const review = await client.receipts.review(receiptId, { verdict: approve ? "approved" : "rejected", notes });
    const text = fields([
      ["review", review.reviewId],
      ["receipt", review.receiptId],
      ["task", review.taskId],
      ["verdict", review.verdict],
      ["by", review.approver],
      ["notes", review.notes],
    ]);
    return { json: review, text };
  },
};
