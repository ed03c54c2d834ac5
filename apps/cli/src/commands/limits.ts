import type { LimitRuleInfo, LimitSettingsInfo } from "@berth/sdk/client";
import { nearest } from "../args/nearest.ts";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext } from "../command.ts";
import { table } from "../render/table.ts";

const SUBJECTS = ["organization", "principal", "agent", "task"] as const;
const SUBJECT = { name: "SUBJECT", summary: SUBJECTS.join(", ") };
const ID = {
  name: "ID",
  summary: "a principal's id or an agent's name; default: each of them",
  optional: true,
} as const;

/** Options of `limits set`, by the rule's member. */
const NUMBERS = {
  callsPerMinute: "calls-per-minute",
  readsPerMinute: "reads-per-minute",
  writesPerMinute: "writes-per-minute",
  concurrentCalls: "concurrent-calls",
  maxCalls: "max-calls",
  maxTokens: "max-tokens",
} as const;
const MOST = 1_000_000_000_000;

const showCommand: Command = {
  name: "limits list",
  summary: "Show the organization's limits and budgets.",
  positionals: [],
  options: {},
  examples: ["a2a limits list", "a2a limits list --json"],
  async run({ platform }) {
    const settings = await (await platform()).limits.get();
    return { json: settings, text: `${render(settings.rules)}\n${renderDefaults(settings)}` };
  },
};

const setCommand: Command = {
  name: "limits set",
  summary: "Limit the organization, a principal, an agent or every run. Numbers that are not named stay.",
  details:
    "The most is per calendar month (UTC), of a task per run. Cost is in US dollars, as agents report it. A run that goes beyond ends in TASK_STATE_FAILED with BUDGET_EXCEEDED.",
  positionals: [SUBJECT, ID],
  options: {
    "calls-per-minute": { type: "string", value: "N", summary: "calls of agents" },
    "reads-per-minute": { type: "string", value: "N", summary: "requests that read" },
    "writes-per-minute": { type: "string", value: "N", summary: "requests that change something" },
    "concurrent-calls": { type: "string", value: "N", summary: "calls at once" },
    "max-calls": { type: "string", value: "N", summary: "calls in all; of a task: its calls of other agents" },
    "max-tokens": { type: "string", value: "N", summary: "input and output tokens in all" },
    "max-cost": { type: "string", value: "AMOUNT", summary: "cost in all, such as 12.50" },
  },
  examples: [
    "a2a limits set organization --max-cost 100",
    "a2a limits set principal key_01… --calls-per-minute 60",
    "a2a limits set task --max-tokens 200000",
  ],
  async run(context) {
    const subject = parseSubject(context.args.required("SUBJECT"));
    const change = parseChange(context);
    return await replace(context, subject, (rule) => ({ ...rule, ...change }));
  },
};

const clearCommand: Command = {
  name: "limits clear",
  summary: "Take the limits of one subject away.",
  positionals: [SUBJECT, ID],
  options: {},
  examples: ["a2a limits clear principal key_01…", "a2a limits clear task"],
  async run(context) {
    return await replace(context, parseSubject(context.args.required("SUBJECT")), () => undefined);
  },
};

const usageCommand: Command = {
  name: "limits usage",
  summary: "Show calls, tokens and cost of this month.",
  positionals: [],
  options: {},
  examples: ["a2a limits usage", "a2a limits usage --json"],
  async run({ platform }) {
    const used = await (await platform()).limits.usage();
    const rows = used.usage.map(({ subject, id, calls, tokens, cost }) => [
      subject,
      id,
      String(calls),
      String(tokens),
      cost,
    ]);
    const text = table(["of", "id", "calls", "tokens", "cost"], rows, `Nothing yet in ${used.month}.`);
    return { json: used, text };
  },
};

export const limitsCommands: readonly Command[] = [showCommand, setCommand, clearCommand, usageCommand];

type Result = Awaited<ReturnType<Command["run"]>>;

async function replace(
  { args, platform }: CommandContext,
  subject: LimitRuleInfo["subject"],
  change: (rule: LimitRuleInfo) => LimitRuleInfo | undefined,
): Promise<Result> {
  const { limits } = await platform();
  const id = args.positional("ID");
  const { rules } = await limits.get();
  const known = rules.find((rule) => rule.subject === subject && rule.id === id);
  const changed = change(known ?? { subject, ...(id === undefined ? {} : { id }) });
  const others = rules.filter((rule) => rule !== known);
  const settings = await limits.set(changed === undefined ? others : [...others, changed]);
  return { json: settings, text: render(settings.rules) };
}

function parseSubject(text: string): LimitRuleInfo["subject"] {
  const subject = SUBJECTS.find((known) => known === text);
  if (subject !== undefined) return subject;
  const meant = nearest(text, SUBJECTS);
  const hint = meant === undefined ? `They are ${SUBJECTS.join(", ")}.` : `Did you mean ${meant}?`;
  throw new UsageError(`"${text}" cannot be limited.`, hint);
}

function parseChange({ args }: CommandContext): Partial<LimitRuleInfo> {
  const numbers = Object.entries(NUMBERS).flatMap(([member, option]): [string, number][] => {
    const value = args.integer(option, { min: 0, max: MOST });
    return value === undefined ? [] : [[member, value]];
  });
  const maxCost = args.text("max-cost");
  if (numbers.length === 0 && maxCost === undefined) {
    throw new UsageError("There is nothing to set.", "Name a number, such as --calls-per-minute 60.");
  }
  return { ...Object.fromEntries(numbers), ...(maxCost === undefined ? {} : { maxCost }) };
}

function render(rules: readonly LimitRuleInfo[]): string {
  const rows = rules.map(({ subject, id, maxCost, ...rule }) => [
    subject,
    id ?? "each",
    [
      ...Object.entries(NUMBERS).flatMap(([member, option]) => {
        // `rule` holds numbers by these names.
        const value = rule[member as keyof typeof NUMBERS];
        return value === undefined ? [] : [`${option} ${value}`];
      }),
      ...(maxCost === undefined ? [] : [`max-cost ${maxCost}`]),
    ].join(", "),
  ]);
  return table(["of", "id", "limits"], rows, "The organization sets no limits.");
}

function renderDefaults({ defaults }: LimitSettingsInfo): string {
  if (defaults === null) return "The platform's own rates are off.";
  const rates = Object.entries(defaults).map(([kind, count]) => `${kind} ${count}`);
  return `The platform's own, per minute: ${rates.join(", ")}.`;
}
