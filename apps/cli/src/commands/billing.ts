import type { JournalInfo, UsageDimension, UsageReportInfo } from "@berth/sdk/client";
import { nearest } from "../args/nearest.ts";
import { UsageError } from "../args/usage-error.ts";
import type { Command } from "../command.ts";
import { printable } from "../render/printable.ts";
import { table } from "../render/table.ts";

const DIMENSIONS: readonly UsageDimension[] = ["agent", "skill", "model", "caller", "day"];
const FROM = {
  type: "string",
  value: "DAY",
  summary: "from this day or RFC 3339 time (UTC); default: this month",
} as const;
const TO = { type: "string", value: "DAY", summary: "up to, and without, this one" } as const;
const COLUMNS = ["calls", "seconds", "tokens in", "tokens out", "amount"];

const usageCommand: Command = {
  name: "usage",
  summary: "Show calls, seconds, tokens and amounts.",
  positionals: [],
  options: {
    from: FROM,
    to: TO,
    by: { type: "string", value: "WHAT", summary: `${DIMENSIONS.join(", ")}; default agent` },
  },
  examples: ["a2a usage", "a2a usage --by day --from 2026-11-01 --to 2026-12-01", "a2a usage --by caller --json"],
  async run({ args, platform }) {
    const groupBy = parseDimension(args.text("by"));
    const query = { ...periodOf(args), ...(groupBy === undefined ? {} : { groupBy }) };
    const usage = await (await platform()).billing.usage(query);
    return { json: usage, text: renderUsage(usage) };
  },
};

const statementCommand: Command = {
  name: "billing statement",
  summary: "Show what a month cost, by agent and caller.",
  positionals: [{ name: "MONTH", summary: "such as 2026-11, in UTC" }],
  options: { csv: { type: "boolean", summary: "write it as CSV" } },
  examples: ["a2a billing statement 2026-11", "a2a billing statement 2026-11 --csv > 2026-11.csv"],
  async run({ args, io, json, platform }) {
    const { billing } = await platform();
    const month = args.required("MONTH");
    if (args.flag("csv")) {
      if (json) throw new UsageError("--csv and --json exclude each other.", "Leave one of them out.");
      io.stdout(await billing.statementCsv(month));
      return {};
    }
    const statement = await billing.statement(month);
    const rows = statement.lines.map((line) => [
      printable(line.agentName),
      printable(line.principalId),
      ...cells(line),
    ]);
    const lines = [...rows, ["total", "", ...cells(statement.total)]];
    const shown = table(["agent", "caller", ...COLUMNS], rows.length === 0 ? [] : lines, `Nothing in ${month}.`);
    return { json: statement, text: shown };
  },
};

const journalsCommand: Command = {
  name: "billing journals",
  summary: "List journals of the general ledger, newest first.",
  positionals: [],
  options: {
    from: FROM,
    to: TO,
    task: { type: "string", value: "TASK", summary: "of this task" },
    limit: { type: "string", value: "N", summary: "how many, 1 to 100; default 50" },
  },
  examples: ["a2a billing journals", "a2a billing journals --task task_01… --json"],
  async run({ args, platform }) {
    const task = args.text("task");
    const pageSize = args.integer("limit", { min: 1, max: 100 });
    const { journals } = await (
      await platform()
    ).billing.journals({
      ...periodOf(args),
      ...(task === undefined ? {} : { task }),
      ...(pageSize === undefined ? {} : { pageSize }),
    });
    return { json: { journals }, text: renderJournals(journals) };
  },
};

const refundCommand: Command = {
  name: "billing refund",
  summary: "Give back what a run was charged, or part of it.",
  details: "Posts a journal that reverses the run's; nothing is changed. Refunds of a run never exceed its charge.",
  positionals: [{ name: "RECEIPT", summary: "the run's receipt" }],
  options: {
    amount: { type: "string", value: "AMOUNT", summary: "such as 0.50; default: all that is left" },
    reason: { type: "string", value: "TEXT", summary: "why; it stands in the journal" },
  },
  examples: ['a2a billing refund rcpt_01… --amount 0.50 --reason "answered too late"'],
  async run({ args, platform }) {
    const receiptId = args.required("RECEIPT");
    const [amount, reason] = [args.text("amount"), args.text("reason")];
    if (reason === undefined) throw new UsageError("A refund needs a reason.", 'Say why: --reason "…".');
    const { billing } = await platform();
    const journal = await billing.refund(receiptId, { reason, ...(amount === undefined ? {} : { amount }) });
    return { json: journal, text: renderJournals([journal]) };
  },
};

export const billingCommands: readonly Command[] = [usageCommand, statementCommand, journalsCommand, refundCommand];

type Args = Parameters<Command["run"]>[0]["args"];

function periodOf(args: Args): { readonly from?: string; readonly to?: string } {
  const [from, to] = [args.text("from"), args.text("to")];
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function parseDimension(text: string | undefined): UsageDimension | undefined {
  if (text === undefined) return undefined;
  const dimension = DIMENSIONS.find((known) => known === text);
  if (dimension !== undefined) return dimension;
  const meant = nearest(text, DIMENSIONS);
  const hint = meant === undefined ? `They are ${DIMENSIONS.join(", ")}.` : `Did you mean ${meant}?`;
  throw new UsageError(`Usage cannot be shown by "${text}".`, hint);
}

function renderUsage({ groupBy, groups, total, from, to }: UsageReportInfo): string {
  const rows = groups.map(({ key, agentName, ...amounts }) => [
    printable(agentName ?? (key === "" ? "none" : key)),
    ...cells(amounts),
  ]);
  const none = `Nothing between ${from} and ${to}.`;
  return table([groupBy, ...COLUMNS], rows.length === 0 ? [] : [...rows, ["total", ...cells(total)]], none);
}

function cells(amounts: UsageReportInfo["total"]): readonly string[] {
  const { calls, seconds, inputTokens, outputTokens, amount } = amounts;
  return [String(calls), seconds, String(inputTokens), String(outputTokens), amount];
}

function renderJournals(journals: readonly JournalInfo[]): string {
  const rows = journals.map(({ journalId, at, agentName, agentId, caller, amount, currency }) => [
    journalId,
    at,
    printable(agentName ?? agentId),
    printable(caller),
    `${amount} ${currency}`,
  ]);
  return table(["journal", "at", "agent", "caller", "amount"], rows, "There are no journals.");
}
