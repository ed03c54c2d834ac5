import { isInterrupted } from "@berth/protocol";
import type { StreamResponse } from "@berth/protocol";
import { textMessage } from "@berth/sdk/client";
import type { Command, CommandContext, CommandResult } from "../command.ts";
import { errorText, reportError } from "../render/error.ts";
import { printable, printableJson } from "../render/printable.ts";
import { stateText } from "../run/describe-frame.ts";
import { openLineReader } from "../run/line-reader.ts";
import { saidOf, stateOf, textOf } from "../run/run-state.ts";
import type { RunState } from "../run/run-state.ts";
import { runTurn } from "../run/run-turn.ts";

export const chatCommand: Command = {
  name: "chat",
  summary: "Talk to an agent, line by line.",
  details:
    "The conversation keeps its context. /quit or the end of the input leaves; Ctrl-C cancels what the agent is doing. With --json the turns are one document at the end.",
  positionals: [{ name: "AGENT", summary: "the agent's name" }],
  options: { context: { type: "string", value: "ID", summary: "take up this conversation" } },
  examples: ["a2a chat csv-analyst", "printf 'hello\\n' | a2a chat echo --json"],
  run: chat,
};

interface Turn {
  readonly taskId: string | null;
  readonly state: string;
  readonly text: string;
}

async function chat(context: CommandContext): Promise<CommandResult> {
  const { args, io, json } = context;
  const agent = (await context.platform()).agent(args.required("AGENT"));
  // Known before the first line, so that a wrong name is not found out after a long message.
  const card = await agent.card();
  const prompt = (): void => {
    if (io.isTty.stdin && !json) io.stdout("> ");
  };
  if (io.isTty.stdin && !json) io.stdout(`${printable(card.name)}: ${printable(card.description)}\n/quit leaves.\n`);
  using lines = openLineReader(io.stdin);
  const turns: Turn[] = [];
  let contextId = args.text("context");
  let state: RunState = {};
  for (;;) {
    prompt();
    const line = (await lines.next())?.trim();
    if (line === undefined || line === "/quit" || line === "/exit") break;
    if (line === "") continue;
    const place = { ...continued(state), ...(contextId === undefined ? {} : { contextId }) };
    const shown: string[] = [];
    const writer = new Writer((text) => {
      shown.push(text);
      if (!json) io.stdout(text);
    });
    try {
      const message = textMessage(line, place);
      const onFrame = (frame: StreamResponse): void => writer.frame(frame);
      state = await runTurn({ agent, message, from: {}, io, onFrame, progress: context.progress });
      contextId = state.task?.contextId ?? state.reply?.contextId ?? contextId;
    } catch (error) {
      // One turn that fails does not end the conversation.
      state = {};
      context.progress(`error: ${errorText(reportError(error))}`);
      continue;
    }
    writer.end(state);
    const taskId = state.task?.id ?? state.reply?.taskId ?? null;
    turns.push({ taskId, state: stateOf(state), text: shown.join("").trim() });
  }
  return { json: { contextId: contextId ?? null, turns }, text: "" };
}

/** A question is answered in its own task; otherwise each line is a task of its own. */
function continued({ task }: RunState): { readonly taskId?: string } {
  return task !== undefined && isInterrupted(task.status.state) ? { taskId: task.id } : {};
}

/** Text as it streams in: chunks of one artifact run on, everything else begins a line. */
class Writer {
  readonly #write: (text: string) => void;
  #isInLine = false;

  constructor(write: (text: string) => void) {
    this.#write = write;
  }

  frame(frame: StreamResponse): void {
    if ("message" in frame) this.#line(textOf(frame.message.parts));
    if ("statusUpdate" in frame) this.#line(textOf(frame.statusUpdate.status.message?.parts ?? []));
    if (!("artifactUpdate" in frame)) return;
    const { artifact, append } = frame.artifactUpdate;
    if (append !== true) this.#endLine();
    for (const { text, data } of artifact.parts) {
      const shown = text === undefined ? (data === undefined ? "" : printableJson(data, 2)) : printable(text);
      if (shown === "") continue;
      this.#write(shown);
      this.#isInLine = !shown.endsWith("\n");
    }
  }

  end(state: RunState): void {
    this.#endLine();
    const taskState = stateOf(state);
    const isFailure = ["TASK_STATE_FAILED", "TASK_STATE_REJECTED", "TASK_STATE_CANCELED"].includes(taskState);
    if (isFailure && saidOf(state) === "") this.#line(`(${stateText(taskState)})`);
  }

  #line(text: string): void {
    if (text === "") return;
    this.#endLine();
    this.#write(`${printable(text)}\n`);
  }

  #endLine(): void {
    if (this.#isInLine) this.#write("\n");
    this.#isInLine = false;
  }
}
