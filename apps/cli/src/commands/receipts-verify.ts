import { LedgerError, parseTrustPolicy, verifyBundle } from "@berth/ledger";
import { createNodeCrypto } from "@berth/ledger/node";
import type { VerifiedReceipt } from "@berth/ledger";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { describeAddendum } from "../render/addendum.ts";
import { fields } from "../render/table.ts";
import { readFileOrStdin } from "../run/read-input.ts";

export const verifyCommand: Command = {
  name: "receipts verify",
  summary: "Verify a receipt bundle offline. Exit code 0 or 1.",
  details:
    "Without --trust a bundle can only be shown to agree with itself. The trust file is what the platform publishes at /ledger/keys, fetched once by another way than the receipt.",
  positionals: [{ name: "FILE", summary: "the bundle; - for stdin" }],
  options: { trust: { type: "string", value: "FILE", summary: "the keys you believe, from /ledger/keys" } },
  examples: [
    "a2a receipts verify receipt.json",
    "curl -s http://127.0.0.1:4100/ledger/keys > keys.json && a2a receipts verify receipt.json --trust keys.json",
  ],
  run: verify,
};

async function verify(context: CommandContext): Promise<CommandResult> {
  const { args, io } = context;
  const bundle = await readFileOrStdin(args.required("FILE"), io);
  const trustFile = args.text("trust");
  const trustText = trustFile === undefined ? undefined : await readFileOrStdin(trustFile, io);
  try {
    const trust = trustText === undefined ? {} : { trust: parseTrustPolicy(trustText) };
    return verified(context, await verifyBundle(bundle, { ...trust, crypto: createNodeCrypto() }));
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    context.progress(`${context.colors.red("✗")} ${error.check}: ${error.message}`);
    const hint = "The receipt, or the file it came in, was changed or is not whole.";
    const index = error.index === undefined ? {} : { index: error.index };
    const report = { reason: "RECEIPT_INVALID", message: `${error.check}: ${error.message}`, hint };
    return { json: { valid: false, check: error.check, ...index, error: report }, text: "", exitCode: ExitCode.Failed };
  }
}

function verified({ colors, progress }: CommandContext, result: VerifiedReceipt): CommandResult {
  const { run, receipt, agent } = result.statement.predicate;
  const { trusted, contentHash, log, events, addenda, checks, signedBy } = result;
  if (!trusted) {
    progress("The bundle agrees with itself. Its keys were not checked against a source you trust: use --trust FILE.");
  }
  const text = fields([
    ["receipt", receipt],
    ["task", run.task_id],
    ["agent", `${agent.name} ${agent.release}`],
    ["status", run.status],
    ["completed", run.completed_at],
    ["signed by", `${signedBy.serviceAccount}, ${signedBy.controlPlane}`],
    ["log", `${log.origin}, leaf ${log.index} of ${log.size}`],
    ["events", `${events.disclosed} of ${events.total} disclosed`],
    ...shownEvents(result),
    ...addenda.map((addendum): [string, string] => [
      addendum.kind,
      describeAddendum(addendum.statement, addendum.index),
    ]),
    ["content", contentHash],
    ["checks", checks.join(", ")],
  ]);
  const verdict = trusted ? "valid, and signed by keys you trust" : "consistent; its keys are unchecked";
  return {
    json: {
      valid: true,
      trusted,
      receiptId: receipt,
      taskId: run.task_id,
      agent: agent.name,
      contentHash,
      log,
      events: { total: events.total, disclosed: events.disclosed, shown: events.shown },
      addenda: addenda.map(({ kind, index, signedBy: by, statement }) => ({ kind, index, signedBy: by, statement })),
      checks,
    },
    text: `${colors.green("✓")} ${verdict}\n${text}`,
  };
}

/** Of a redacted bundle, which events are left; of a whole one that would be noise. */
function shownEvents({ events: { total, disclosed, shown } }: VerifiedReceipt): readonly [string, string][] {
  if (disclosed === total || disclosed === 0) return [];
  return [["disclosed", shown.map(({ seq, event }) => `${seq} ${kindOf(event)}`).join(", ")]];
}

function kindOf(event: unknown): string {
  if (typeof event !== "object" || event === null || !("body" in event)) return "";
  const { body } = event;
  if (typeof body !== "object" || body === null || !("kind" in body)) return "";
  return String(body.kind);
}
