import { setTimeout as pause } from "node:timers/promises";
import type { EvalRunInfo, EvalRunSummaryInfo, PlatformClient } from "@berth/sdk/client";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { collectPages } from "../platform/collect-pages.ts";
import { printable } from "../render/printable.ts";
import { table } from "../render/table.ts";

const POLL_MS = 500;
const AGENT = { name: "AGENT", summary: "the agent's name" } as const;
const RUN = { name: "RUN", summary: "the run's id, such as eval_01…" } as const;

const listCommand: Command = {
  name: "evals list",
  summary: "List agents with their last scores, or the suites and runs of one.",
  positionals: [{ ...AGENT, optional: true, summary: "only this agent" }],
  options: { suite: { type: "string", value: "SUITE", summary: "only runs of this suite" } },
  details: "`a2a evals csv-analyst` is short for it.",
  examples: ["a2a evals list", "a2a evals list csv-analyst --json"],
  async run({ args, platform }) {
    const agent = args.positional("AGENT");
    if (agent === undefined) return await listScores(await platform());
    const suite = args.text("suite");
    const { evals } = await platform();
    const { suites } = await evals.suites(agent);
    const { runs } = await evals.runs(agent, { limit: 20, ...(suite === undefined ? {} : { suite }) });
    const rows = suites.map(({ name, skill, cases, threshold }) => [
      name,
      printable(skill),
      String(cases.length),
      threshold,
    ]);
    const shown = table(["suite", "skill", "cases", "threshold"], rows, "The live release has no suites.");
    return { json: { suites, runs }, text: `${shown}\n\n${renderRuns(runs)}` };
  },
};

const runCommand: Command = {
  name: "evals run",
  summary: "Run an agent's suites and wait for their scores.",
  details:
    "Every case is a call of the agent in your name, with a receipt. Ends with 1 when a suite does not pass. Ctrl-C cancels.",
  positionals: [AGENT],
  options: { suite: { type: "string", value: "SUITE", summary: "only this suite; default: all of them" } },
  examples: ["a2a evals run csv-analyst", "a2a evals run csv-analyst --suite basics --json"],
  async run(context) {
    const { args } = context;
    const agent = args.required("AGENT");
    const suite = args.text("suite");
    const platform = await context.platform();
    const { suites } = suite === undefined ? await platform.evals.suites(agent) : { suites: [{ name: suite }] };
    const runs: EvalRunInfo[] = [];
    for (const { name } of suites) {
      const run = await runSuite(context, platform, agent, name);
      runs.push(run);
      if (run.status === "canceled") break;
    }
    const passed = runs.every(({ status }) => status === "passed");
    const text = runs.length === 0 ? "The live release has no suites." : runs.map(renderRun).join("\n\n");
    return { json: { runs }, text, exitCode: passed ? ExitCode.Done : ExitCode.Failed };
  },
};

const showCommand: Command = {
  name: "evals show",
  summary: "Show a run case by case.",
  positionals: [AGENT, RUN],
  options: {},
  examples: ["a2a evals show csv-analyst eval_01…"],
  async run({ args, platform }) {
    const run = await (await platform()).evals.find(args.required("AGENT"), args.required("RUN"));
    return { json: run, text: renderRun(run) };
  },
};

const samplesCommand: Command = {
  name: "evals samples",
  summary: "Show the real tasks of an agent that were scored.",
  details: "Which share that is says `evals.sample` in berth.json.",
  positionals: [AGENT],
  options: { limit: { type: "string", value: "N", summary: "1 to 100; default: 50" } },
  examples: ["a2a evals samples csv-analyst", "a2a evals samples csv-analyst --limit 10 --json"],
  async run({ args, platform }) {
    const limit = args.integer("limit", { min: 1, max: 100 }) ?? 50;
    const { samples } = await (await platform()).evals.samples(args.required("AGENT"), { limit });
    const rows = samples.map(({ taskId, suite, release, at, failures, ...sample }) => [
      taskId,
      suite,
      scoreOf(sample),
      release,
      at,
      printable(failures.join("; ")),
    ]);
    const columns = ["task", "suite", "score", "release", "at", "failures"];
    return { json: { samples }, text: table(columns, rows, "No task was scored.") };
  },
};

const cancelCommand: Command = {
  name: "evals cancel",
  summary: "End a run, with the calls that are under way.",
  positionals: [AGENT, RUN],
  options: {},
  examples: ["a2a evals cancel csv-analyst eval_01…"],
  async run({ args, platform }) {
    const run = await (await platform()).evals.cancel(args.required("AGENT"), args.required("RUN"));
    return { json: run, text: renderRun(run) };
  },
};

export const evalsCommands: readonly Command[] = [listCommand, runCommand, showCommand, samplesCommand, cancelCommand];

async function listScores({ agents }: Pick<PlatformClient, "agents">): Promise<CommandResult> {
  const all = await collectPages(async (page) => {
    const { agents: items, nextPageToken } = await agents.list(page);
    return { items, nextPageToken };
  });
  const scored = all.flatMap(({ name, evals }) => (evals === undefined ? [] : [{ agent: name, ...evals }]));
  const rows = scored.map(({ agent, suite, score, passed, at }) => [
    agent,
    suite,
    score,
    passed ? "passed" : "failed",
    at,
  ]);
  return {
    json: { evals: scored },
    text: table(["agent", "suite", "score", "status", "at"], rows, "No agent has a score."),
  };
}

async function runSuite(
  { io, progress }: CommandContext,
  { evals }: Pick<PlatformClient, "evals">,
  agent: string,
  suite: string,
): Promise<EvalRunInfo> {
  let run = await evals.start(agent, suite);
  const { runId, total } = run;
  progress(`${suite}: ${total} cases (${runId})`);
  let canceling: Promise<unknown> | undefined;
  // What keeps it from being canceled is told by the next look at the run.
  const unlisten = io.onInterrupt(() => (canceling ??= evals.cancel(agent, runId).catch(() => undefined)));
  try {
    for (let done = 0; run.status === "running"; run = await evals.find(agent, runId)) {
      if (run.cases.length > done) progress(`${suite}: ${run.cases.length} of ${total}`);
      done = run.cases.length;
      await pause(POLL_MS);
    }
    return run;
  } finally {
    unlisten();
    await canceling;
  }
}

function renderRun(run: EvalRunInfo): string {
  const { suite, status, score, threshold, error, cases } = run;
  const result = score === undefined ? status : `${status}: ${score}, ${threshold} is needed`;
  const rows = cases.map(({ taskId, failures, ...one }) => [
    one.id,
    scoreOf(one),
    taskId ?? "",
    printable(failures.join("; ")),
  ]);
  const why = error === undefined ? "" : `\n${printable(error)}`;
  return `${suite} ${result}${why}\n${table(["case", "score", "task", "failures"], rows, "No case is done.")}`;
}

function scoreOf({ score, notScored = "" }: { readonly score?: string; readonly notScored?: string }): string {
  return score ?? `not scored: ${printable(notScored)}`;
}

function renderRuns(runs: readonly EvalRunSummaryInfo[]): string {
  const rows = runs.map(({ runId, suite, status, score = "", release, startedAt }) => [
    runId,
    suite,
    status,
    score,
    release,
    startedAt,
  ]);
  return table(["run", "suite", "status", "score", "release", "started"], rows, "There were no runs.");
}
