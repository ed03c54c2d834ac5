import { LedgerError, parseTrustPolicy, parseWitnessKey, verifyBundle } from "@berth/ledger";
import { createNodeCrypto, openVerifyPool } from "@berth/ledger/node";
import type { VerifiedReceipt, VerifyOptions, WitnessPolicy } from "@berth/ledger";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { describeAddendum } from "../render/addendum.ts";
import { fields } from "../render/table.ts";
import { readFileOrStdin } from "../run/read-input.ts";

export const verifyCommand: Command = {
  name: "receipts verify",
  summary: "Verify a receipt bundle offline. Exit code 0 or 1.",
  details:
    "Without --trust a bundle can only be shown to agree with itself. The trust file is what the platform publishes at /ledger/keys, fetched once by another way than the receipt. With --witness the log's head must be signed by that witness too, of several by all, or by as many as --witnesses says. A file may hold many bundles, one a line; they are verified on all processors.",
  positionals: [{ name: "FILE", summary: "the bundle, or many, one a line; - for stdin" }],
  options: {
    trust: { type: "string", value: "FILE", summary: "the keys you believe, from /ledger/keys" },
    witness: {
      type: "string",
      value: "KEY",
      multiple: true,
      summary: "a witness that must have signed the log's head",
    },
    witnesses: { type: "string", value: "N", summary: "so many of them are enough; default: all" },
  },
  examples: [
    "a2a receipts verify receipt.json",
    "a2a receipts verify receipt.json --witness other.example/witness+1b2c3d4e+BA…",
    "curl -s http://127.0.0.1:4100/ledger/keys > keys.json && a2a receipts verify receipt.json --trust keys.json",
  ],
  run: verify,
};

async function verify(context: CommandContext): Promise<CommandResult> {
  const { args, io } = context;
  const bundle = await readFileOrStdin(args.required("FILE"), io);
  const trustFile = args.text("trust");
  const trustText = trustFile === undefined ? undefined : await readFileOrStdin(trustFile, io);
  const witnesses = witnessPolicy(context);
  const lines = bundle.trimEnd().split("\n");
  try {
    const policy = {
      ...(trustText === undefined ? {} : { trust: parseTrustPolicy(trustText) }),
      ...(witnesses === undefined ? {} : { witnesses }),
    };
    if (lines.length > 1) return await verifyLines(context, lines, policy);
    return verified(context, await verifyBundle(bundle, { ...policy, crypto: createNodeCrypto() }));
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    return refused(context, error);
  }
}

function refused(
  { colors, progress }: CommandContext,
  { check, message, index }: LedgerError,
  line?: number,
): CommandResult {
  const where = line === undefined ? "" : `line ${line}: `;
  progress(`${colors.red("✗")} ${where}${check}: ${message}`);
  const hint = "The receipt, or the file it came in, was changed or is not whole.";
  const report = { reason: "RECEIPT_INVALID", message: `${where}${check}: ${message}`, hint };
  const at = { ...(line === undefined ? {} : { line }), ...(index === undefined ? {} : { index }) };
  return { json: { valid: false, check, ...at, error: report }, text: "", exitCode: ExitCode.Failed };
}

function witnessPolicy({ args }: CommandContext): WitnessPolicy | undefined {
  const keys = args.texts("witness");
  const atLeast = args.integer("witnesses", { min: 1, max: 100 });
  if (atLeast !== undefined && atLeast > keys.length) {
    throw new UsageError(`--witnesses asks for ${atLeast} of ${keys.length}.`, "Name them with --witness KEY.");
  }
  try {
    for (const key of keys) parseWitnessKey(key);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new UsageError(`--witness: ${error.message}.`, "`a2a ledger witness` on the witness shows its key.");
  }
  return keys.length === 0 ? undefined : { keys, atLeast: atLeast ?? keys.length };
}

/** At most this many are being verified at a time. */
const TOGETHER = 256;

/** Ends at the first that does not hold, in the order of the file. */
async function verifyLines(
  context: CommandContext,
  lines: readonly string[],
  policy: Pick<VerifyOptions, "trust" | "witnesses">,
): Promise<CommandResult> {
  await using pool = openVerifyPool(policy);
  for (let from = 0; from < lines.length; from += TOGETHER) {
    const verdicts = await Promise.allSettled(lines.slice(from, from + TOGETHER).map((line) => pool.verify(line)));
    for (const [i, verdict] of verdicts.entries()) {
      if (verdict.status === "fulfilled") continue;
      if (!(verdict.reason instanceof LedgerError)) throw verdict.reason;
      return refused(context, verdict.reason, from + i + 1);
    }
  }
  const trusted = policy.trust !== undefined;
  if (!trusted) context.progress(UNTRUSTED);
  const verdict = trusted ? "valid, and signed by keys you trust" : "consistent; their keys are unchecked";
  const text = `${context.colors.green("✓")} ${lines.length} receipts are ${verdict}`;
  return { json: { valid: true, trusted, receipts: lines.length }, text };
}

const UNTRUSTED =
  "What a bundle says agrees with itself. Its keys were not checked against a source you trust: use --trust FILE.";

function verified({ colors, progress }: CommandContext, result: VerifiedReceipt): CommandResult {
  const { run, receipt, agent } = result.statement.predicate;
  const { trusted, contentHash, log, events, addenda, checks, signedBy, witnesses } = result;
  if (!trusted) progress(UNTRUSTED);
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
    ...witnesses.map(({ key, at }): [string, string] => ["witnessed", `${at} by ${key}`]),
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
      witnesses,
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
