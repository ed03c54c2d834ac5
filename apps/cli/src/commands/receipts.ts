import type { AddendumStatement } from "@berth/ledger";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { UsageError } from "../args/usage-error.ts";
import { collectPages } from "../platform/collect-pages.ts";
import { describeAddendum } from "../render/addendum.ts";
import { printableJson } from "../render/printable.ts";
import { fields, table } from "../render/table.ts";
import { eraseCommand } from "./receipts-erase.ts";
import { redactCommand } from "./receipts-redact.ts";
import { receiptIdOf } from "../run/receipt-id.ts";
import { provenanceCommand } from "./receipts-provenance.ts";
import { packCommand } from "./receipts-pack.ts";
import { verifyPackCommand } from "./receipts-verify-pack.ts";
import { reviewCommand } from "./receipts-review.ts";
import { verifyCommand } from "./receipts-verify.ts";

const listCommand: Command = {
  name: "receipts list",
  summary: "List receipts, the newest first.",
  positionals: [],
  options: { limit: { type: "string", value: "N", summary: "at most this many; default 50" } },
  examples: ["a2a receipts list", "a2a receipts list --limit 500 --json"],
  async run({ args, platform }) {
    const { receipts } = await platform();
    const all = await collectPages(
      async (page) => {
        const { receipts: items, nextPageToken } = await receipts.list(page);
        return { items, nextPageToken };
      },
      args.integer("limit", { min: 1, max: 10_000 }) ?? 50,
    );
    const rows = all.map(({ receiptId, taskId, leafIndex, sealedAt }) => [receiptId, taskId, leafIndex, sealedAt]);
    return { json: { receipts: all }, text: table(["receipt", "task", "leaf", "sealed"], rows, "No receipts.") };
  },
};

const showCommand: Command = {
  name: "receipts show",
  summary: "Show a receipt, or its offline bundle.",
  positionals: [{ name: "ID", summary: "the receipt's id, or its task's" }],
  options: {
    bundle: { type: "boolean", summary: "the bundle that `a2a receipts verify` reads, byte for byte" },
    events: {
      type: "string",
      value: "WHICH",
      summary: "with --bundle, events to disclose: all, none, or such as 1,5-9",
    },
  },
  examples: [
    "a2a receipts show rcpt_01…",
    "a2a receipts show task_01… --bundle > receipt.json",
    "a2a receipts show rcpt_01… --bundle --events none > receipt.json",
  ],
  run: show,
};

export const receiptsCommands: readonly Command[] = [
  listCommand,
  showCommand,
  reviewCommand,
  verifyCommand,
  provenanceCommand,
  redactCommand,
  eraseCommand,
  packCommand,
  verifyPackCommand,
];

async function show({ args, platform, io }: CommandContext): Promise<CommandResult> {
  const client = await platform();
  const events = args.text("events");
  if (events !== undefined && !args.flag("bundle")) {
    throw new UsageError("--events chooses what a bundle discloses.", "Add --bundle.");
  }
  const receiptId = await receiptIdOf(client, args.required("ID"));
  if (args.flag("bundle")) {
    const bundle = await client.receipts.bundle(receiptId, events === undefined ? {} : { events });
    // Not made safe: these bytes are signed, and JSON from the platform keeps control characters escaped.
    io.stdout(bundle.endsWith("\n") ? bundle : `${bundle}\n`);
    return {};
  }
  const receipt = await client.receipts.get(receiptId);
  const head = fields([
    ["receipt", receipt.receiptId],
    ["task", receipt.taskId],
    ["leaf", receipt.leafIndex],
    ["sealed", receipt.sealedAt],
    ...(receipt.addenda ?? []).map(({ kind, leafIndex, statement }): [string, string] => {
      // The platform signs nothing else as an addendum.
      return [kind, describeAddendum(statement as unknown as AddendumStatement, leafIndex)];
    }),
  ]);
  return { json: receipt, text: `${head}\nstatement\n${printableJson(receipt.statement, 2)}` };
}
