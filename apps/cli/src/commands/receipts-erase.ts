import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { confirm } from "../platform/confirm.ts";
import { fields } from "../render/table.ts";
import { receiptIdOf } from "../run/receipt-id.ts";

export const eraseCommand: Command = {
  name: "receipts erase",
  summary: "Take what was said out of a run's log, for good.",
  details:
    "For owners. The receipt stays in the log and still verifies, with every event withheld; nobody can work out from its hashes what the events said. The signed statement stays as it is. The reason is in the audit log.",
  positionals: [{ name: "ID", summary: "the receipt's id, or its task's" }],
  options: {
    reason: { type: "string", value: "TEXT", summary: "why, for the audit log" },
    yes: { type: "boolean", summary: "do not ask" },
  },
  examples: ['a2a receipts erase task_01… --reason "asked to by the customer, ticket 4711" --yes'],
  async run(context) {
    const { args, platform, progress } = context;
    const reason = args.text("reason");
    if (reason === undefined) throw new UsageError("Erasing needs a reason.", "Add --reason TEXT.");
    await confirm(context, "Erase what was said in this run? It cannot be brought back.");
    const client = await platform();
    const receiptId = await receiptIdOf(client, args.required("ID"));
    const erased = await client.receipts.erase(receiptId, reason);
    if (erased.salts === "derived") {
      progress(
        "This run is from before salts had seeds of their own: who has the platform's salt key can try what its events said.",
      );
    }
    const text = fields([
      ["receipt", erased.receiptId],
      ["task", erased.taskId],
      ["events", `${erased.events} erased`],
    ]);
    return { json: erased, text };
  },
};
