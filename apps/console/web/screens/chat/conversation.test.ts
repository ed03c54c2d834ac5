import { describe, expect, it } from "vitest";
import type { Message, StreamResponse, Task } from "@berth/protocol";
import { ApiError } from "../../api/client.ts";
import { Conversation } from "./conversation.ts";
import type { Transport } from "./transport.ts";
import type { Frame } from "./turn.ts";

const said: Message = { messageId: "m1", role: "ROLE_USER", parts: [{ text: "hi" }] };
const task = (state: Task["status"]["state"]): Task => ({
  id: "task_1",
  contextId: "ctx_1",
  status: { state },
  artifacts: [],
  history: [said],
});
const status = (state: Task["status"]["state"]): StreamResponse => ({
  statusUpdate: { taskId: "task_1", contextId: "ctx_1", status: { state } },
});
const word = (text: string): StreamResponse => ({
  artifactUpdate: {
    taskId: "task_1",
    contextId: "ctx_1",
    artifact: { artifactId: "a", parts: [{ text }] },
    append: true,
  },
});

/** Plays scripts one after the other: frames, and how the stream ends. */
function playing(scripts: readonly { readonly frames: readonly Frame[]; readonly breaks?: Error }[]) {
  const asked: string[] = [];
  let at = 0;
  async function* play(): AsyncGenerator<Frame> {
    const script = scripts[at++];
    if (script === undefined) throw new Error("no more scripts");
    yield* script.frames;
    if (script.breaks !== undefined) throw script.breaks;
  }
  const transport: Transport = {
    stream: (address, message) => {
      asked.push(`stream ${address} ${message.messageId}`);
      return play();
    },
    resume: (address, taskId, after) => {
      asked.push(`resume ${address} ${taskId} ${after}`);
      return play();
    },
    cancel: async (taskId) => {
      asked.push(`cancel ${taskId}`);
    },
    tasks: async () => [{ task: task("TASK_STATE_COMPLETED"), seq: 9, createdAt: "2026-11-29T00:00:00.000Z" }],
  };
  return { transport, asked };
}

function open(transport: Transport) {
  let wake = (): void => undefined;
  const conversation = new Conversation("echo", {
    transport,
    onChange: () => wake(),
    now: () => 1,
    pause: async () => undefined,
  });
  const until = async (met: () => boolean): Promise<void> => {
    while (!met()) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
  return { conversation, until };
}

describe("Conversation", () => {
  it("takes a broken stream up where it was, and ends with the task", async () => {
    const { transport, asked } = playing([
      {
        frames: [
          { seq: 1, frame: { task: task("TASK_STATE_WORKING") } },
          { seq: 2, frame: word("a") },
        ],
        breaks: new TypeError("network"),
      },
      {
        frames: [
          { seq: 2, frame: word("a") },
          { seq: 3, frame: word("b") },
        ],
      },
      { frames: [{ seq: 4, frame: status("TASK_STATE_COMPLETED") }] },
    ]);
    const { conversation, until } = open(transport);
    conversation.send(said);
    await until(() => conversation.turns[0]?.isLive === false);
    expect(conversation.turns[0]?.view?.task.artifacts?.[0]?.parts).toEqual([{ text: "a" }, { text: "b" }]);
    expect(conversation.turns[0]?.problem).toBeUndefined();
    expect(conversation.contextId).toBe("ctx_1");
    expect(asked).toEqual(["stream echo m1", "resume echo task_1 2", "resume echo task_1 3"]);
  });

  it("says what was refused, and does not try that again", async () => {
    const refusal = new ApiError(403, { detail: "no" });
    const { transport, asked } = playing([{ frames: [], breaks: refusal }]);
    const { conversation, until } = open(transport);
    conversation.send(said);
    await until(() => conversation.turns[0]?.isLive === false);
    expect(conversation.turns[0]?.problem).toBe(refusal);
    expect(asked).toHaveLength(1);
  });

  it("rests while the agent waits for an answer, and goes on with it in the same turn", async () => {
    const { transport } = playing([
      { frames: [{ seq: 1, frame: { task: task("TASK_STATE_INPUT_REQUIRED") } }] },
      { frames: [{ seq: 5, frame: status("TASK_STATE_COMPLETED") }] },
    ]);
    const { conversation, until } = open(transport);
    const key = conversation.send(said);
    await until(() => conversation.turns[0]?.isLive === false);
    expect(conversation.turns[0]?.endedAt).toBeUndefined();
    conversation.answer(key, { ...said, messageId: "m2", taskId: "task_1" });
    await until(() => conversation.turns[0]?.isLive === false);
    expect(conversation.turns).toHaveLength(1);
    expect(conversation.turns[0]?.view?.task.status.state).toBe("TASK_STATE_COMPLETED");
  });

  it("shows what was said before, and cancels a task by its id", async () => {
    const { transport, asked } = playing([]);
    const { conversation } = open(transport);
    await conversation.load("echo", "ctx_1", new AbortController().signal);
    expect(conversation.turns.map(({ sent, isLive }) => [sent.messageId, isLive])).toEqual([["m1", false]]);
    await conversation.stop(conversation.turns[0]?.key ?? "");
    expect(asked).toEqual(["cancel task_1"]);
  });
});
