import { TaskState, isInterrupted, isTerminal } from "@berth/protocol";
import type { Message } from "@berth/protocol";
import { skillMessage, textMessage } from "@berth/sdk/client";
import { UsageError } from "../args/usage-error.ts";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { ExitCode } from "../exit-code.ts";
import { duration } from "../render/duration.ts";
import { printable, printableJson } from "../render/printable.ts";
import { describeFrame, stateText } from "../run/describe-frame.ts";
import { findReceiptId } from "../run/find-receipt.ts";
import { openLineReader } from "../run/line-reader.ts";
import { readJsonInput } from "../run/read-input.ts";
import { artifactsOf, outputOf, saidOf, stateOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { runTurn } from "../run/run-turn.ts";

export const callCommand: Command = {
  name: "call",
  summary: "Call an agent and wait for its answer.",
  details:
    "Progress goes to stderr and the output to stdout. Questions of the agent are asked on the terminal, or answered by --answer in order; without either the task waits and can be continued with --task. Ctrl-C cancels the task.",
  positionals: [
    { name: "AGENT", summary: "the agent's name" },
    { name: "SKILL", optional: true, summary: "the skill to call; without it send a --message" },
  ],
  options: {
    input: { type: "string", value: "JSON", summary: "the skill's input: JSON, @file or - for stdin" },
    message: { type: "string", value: "TEXT", summary: "send text instead of calling a skill" },
    answer: { type: "string", value: "TEXT", multiple: true, summary: "the answer to the agent's next question" },
    task: { type: "string", value: "ID", summary: "continue this task: --message or --answer goes to it" },
    context: { type: "string", value: "ID", summary: "stay in this conversation" },
    timeout: { type: "string", value: "SECONDS", summary: "stop waiting after this long, with exit code 5" },
  },
  examples: [
    `a2a call echo echo --input '{"text":"hi"}'`,
    "a2a call csv-analyst summarize --input @request.json --json",
    `a2a call csv-analyst --message "Which files do you have?"`,
    "a2a call csv-analyst summarize --input - --answer amount < request.json",
    "a2a call csv-analyst --task task_01… --message amount",
  ],
  run: call,
};

async function call(context: CommandContext): Promise<CommandResult> {
  const { args, io } = context;
  const seconds = args.integer("timeout", { min: 1, max: 86_400 });
  const first = await firstMessage(context);
  const platform = await context.platform();
  const agentName = args.required("AGENT");
  const agent = platform.agent(agentName);
  const deadline = seconds === undefined ? {} : { deadline: AbortSignal.timeout(seconds * 1_000) };
  const startedAt = io.now();
  const onFrame = (frame: Parameters<typeof describeFrame>[0]): void => {
    const line = describeFrame(frame);
    if (line !== undefined) context.progress(line);
  };

  const answers = [...first.answers];
  let state: RunState = {};
  let message: Message | undefined = first.message;
  while (message !== undefined) {
    state = await runTurn({ agent, message, from: { ...state }, io, onFrame, progress: context.progress, ...deadline });
    message = await nextAnswer(context, state, answers);
  }

  const taskId = state.task?.id ?? state.reply?.taskId ?? null;
  const isOver = isTerminal(stateOf(state));
  const receiptId = isOver && taskId !== null ? await findReceiptId(platform, agentName, taskId) : null;
  return resultOf(context, { state, taskId, receiptId, agentName, ms: io.now() - startedAt });
}

async function firstMessage(
  context: CommandContext,
): Promise<{ readonly message: Message; readonly answers: readonly string[] }> {
  const { args, io } = context;
  const [skill, input, text] = [args.positional("SKILL"), args.text("input"), args.text("message")];
  const [taskId, contextId] = [args.text("task"), args.text("context")];
  const place = { ...(taskId === undefined ? {} : { taskId }), ...(contextId === undefined ? {} : { contextId }) };
  const answers = args.texts("answer");
  if (skill !== undefined && text !== undefined) {
    throw new UsageError("A call has a SKILL or a --message, not both.", "See `a2a help call`.");
  }
  if (skill !== undefined) {
    return { message: skillMessage(skill, input === undefined ? {} : await readJsonInput(input, io), place), answers };
  }
  if (input !== undefined)
    throw new UsageError("--input goes with a SKILL.", "`a2a agents show AGENT` lists its skills.");
  if (text !== undefined) return { message: textMessage(text, place), answers };
  const [answer, ...later] = answers;
  if (taskId !== undefined && answer !== undefined) return { message: textMessage(answer, place), answers: later };
  throw new UsageError("There is nothing to send.", "Name a SKILL with --input JSON, or give a --message TEXT.");
}

/** The message that answers the agent's question; undefined when there is no question, or nobody who answers it. */
async function nextAnswer(context: CommandContext, state: RunState, answers: string[]): Promise<Message | undefined> {
  const { io } = context;
  const task = state.task;
  if (task === undefined || task.status.state !== TaskState.InputRequired) return undefined;
  const question = saidOf(state);
  const place = { taskId: task.id, ...(task.contextId === undefined ? {} : { contextId: task.contextId }) };
  const prepared = answers.shift();
  if (prepared !== undefined) {
    context.progress(`${question}\n> ${prepared}`);
    return textMessage(prepared, place);
  }
  if (!io.isTty.stdin) return undefined;
  io.stderr(`${printable(question)}\n> `);
  using lines = openLineReader(io.stdin);
  const line = await lines.next();
  return line === undefined ? undefined : textMessage(line, place);
}

interface Ended {
  readonly state: RunState;
  readonly taskId: string | null;
  readonly receiptId: string | null;
  readonly agentName: string;
  readonly ms: number;
}

function resultOf(context: CommandContext, ended: Ended): CommandResult {
  const { state, taskId, receiptId, agentName, ms } = ended;
  const taskState = stateOf(state);
  const isDone = taskState === TaskState.Completed;
  const said = saidOf(state);
  const document = { taskId, state: taskState, output: outputOf(state), artifacts: artifactsOf(state), receiptId };
  const mark = isDone ? context.colors.green("✓") : context.colors.red("✗");
  const receipt = receiptId === null ? "" : `, receipt ${receiptId}`;
  context.progress(
    `${isDone ? "" : `${said}\n`}${stateText(taskState)} after ${duration(ms)}: task ${taskId ?? "unknown"}${receipt}`,
  );
  if (isDone) return { json: document, text: answerText(state), exitCode: ExitCode.Done };

  const hint = isInterrupted(taskState)
    ? `Continue it: a2a call ${agentName} --task ${taskId ?? ""} --message TEXT`
    : `\`a2a tasks events ${taskId ?? ""}\` shows what happened, \`a2a logs ${agentName}\` what the agent wrote.`;
  if (!context.json) context.progress(`${mark} ${hint}`);
  const message = said === "" ? `The task is ${stateText(taskState)}.` : said;
  return { json: { ...document, error: { reason: taskState, message, hint } }, text: "", exitCode: ExitCode.Failed };
}

/** The typed output where there is one, else the text the agent made or said. */
function answerText(state: RunState): string {
  const output = outputOf(state);
  if (typeof output === "string") return printable(output);
  if (output !== null) return printableJson(output, 2);
  const texts = artifactsOf(state).flatMap(({ parts }) =>
    parts.flatMap(({ text }) => (text === undefined ? [] : [text])),
  );
  return printable([saidOf(state), ...texts].filter((text) => text !== "").join("\n"));
}
