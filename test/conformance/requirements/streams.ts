import { TaskState } from "@berth/protocol";
import type { SequencedFrame, StreamResponse, Task } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { refusal } from "../bindings/index.ts";
import type { Binding } from "../bindings/index.ts";
import { collect, nextOf, saying, statesOf, taskOf } from "../house.ts";
import type { House } from "../house.ts";

const kindsOf = (frames: readonly SequencedFrame[]): readonly string[] =>
  frames.map(({ frame }) => Object.keys(frame).join());

/** What a stream holds, in which order, until when, and for how many. */
export function describeStreams(house: House, binding: Binding): void {
  // Over gRPC a client cannot tell where it was: it gets the task, and goes on from there.
  const isNumbered = binding.name !== "GRPC";

  test("[STREAM-TASK-001] a stream is a Task first and then updates only, each once, in order", async () => {
    const frames = await collect(await house.client(binding).stream(saying("steps 20")));
    expect(kindsOf(frames)[0]).toBe("task");
    expect(new Set(kindsOf(frames).slice(1))).toEqual(new Set(["statusUpdate", "artifactUpdate"]));
    const steps = frames.flatMap(({ frame }) =>
      "statusUpdate" in frame ? (frame.statusUpdate.status.message?.parts ?? []).map(({ text }) => text) : [],
    );
    expect(steps).toEqual(Array.from({ length: 20 }, (_, index) => `step ${index + 1}`));
    const seqs = frames.map(({ seq }) => seq);
    if (isNumbered) expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
  });

  test("[STREAM-MESSAGE-001] or exactly one Message", async () => {
    const frames = await collect(await house.client(binding).stream(saying("say hello")));
    expect(kindsOf(frames)).toEqual(["message"]);
    expect(frames[0]?.frame).toMatchObject({ message: { role: "ROLE_AGENT", parts: [{ text: "hello" }] } });
  });

  test("[STREAM-FOLD-001] the Task of a stream with its updates applied is the task that a get answers", async () => {
    const client = house.client(binding);
    const frames = await collect(await client.stream(saying("steps 3")));
    const followed = frames.map(({ frame }) => frame).reduce(follow, undefined);
    const { history: _history, ...task } = await client.get({ id: followed?.id ?? "" });
    expect(followed).toEqual(task);
  });

  test("[STREAM-END-001] the stream of a send ends with its turn", async () => {
    const client = house.client(binding);
    const asked = await collect(await client.stream(saying("ask what?")));
    expect(statesOf(asked).at(-1)).toBe(TaskState.InputRequired);
    const id = asked[0] !== undefined && "task" in asked[0].frame ? asked[0].frame.task.id : "";
    const answered = await collect(await client.stream(saying("echo that", { taskId: id })));
    expect([statesOf(answered)[0], statesOf(answered).at(-1)]).toEqual([TaskState.Working, TaskState.Completed]);
  });

  test("[STREAM-END-002] a subscription outlives a question and ends with the task", async () => {
    const client = house.client(binding);
    const { id } = taskOf(await client.send(saying("ask what?")));
    const stream = await client.subscribe({ id });
    expect(kindsOf([await nextOf(stream)])).toEqual(["task"]);
    await client.send(saying("ask what else?", { taskId: id }));
    await client.send(saying("echo that", { taskId: id }));
    const rest = statesOf(await collect(stream));
    expect(rest).toEqual([TaskState.Working, TaskState.InputRequired, TaskState.Working, TaskState.Completed]);
  });

  test("[STREAM-END-003] every stream ends when the task is canceled", async () => {
    const client = house.client(binding);
    const stream = await client.stream(saying("wait here"));
    const first = await nextOf(stream);
    const id = "task" in first.frame ? first.frame.task.id : "";
    const other = await client.subscribe({ id });
    await client.cancel({ id });
    expect(statesOf(await collect(stream)).at(-1)).toBe(TaskState.Canceled);
    expect(statesOf(await collect(other)).at(-1)).toBe(TaskState.Canceled);
  });

  describe("several streams of one task", () => {
    test("[STREAM-MANY-001] get the same frames in the same order, also when one of them is closed", async () => {
      const client = house.client(binding);
      const { id } = taskOf(await client.send(saying("ask what?")));
      const streams = await Promise.all([1, 2, 3, 4].map(async () => await client.subscribe({ id })));
      await Promise.all(streams.map(nextOf));
      streams.pop()?.close();
      const read = Promise.all(streams.map(collect));
      await client.send(saying("steps 30", { taskId: id }));
      const [first, ...others] = await read;
      expect(statesOf(first ?? []).at(-1)).toBe(TaskState.Completed);
      expect(first?.length).toBeGreaterThan(30);
      for (const other of others) expect(other).toEqual(first);
    });

    test("[STREAM-LIFE-001] a task goes on when its last stream is closed", async () => {
      const client = house.client(binding);
      const { id } = taskOf(await client.send(saying("ask what?")));
      const stream = await client.stream(saying("steps 50", { taskId: id }));
      await nextOf(stream);
      stream.close();
      const done = await waitFor("the task's end", async () => {
        const task = await client.get({ id });
        return task.status.state === TaskState.Completed && task;
      });
      expect(done.artifacts).toHaveLength(1);
    });
  });

  if (isNumbered) describe("a stream that was lost", () => describeResumption(house, binding));
}

function describeResumption(house: House, binding: Binding): void {
  test("[STREAM-RESUME-001] goes on after any frame, without gap or repeat, also when the task has ended", async () => {
    const client = house.client(binding);
    const whole = await collect(await client.stream(saying("steps 5")));
    const id = whole[0] !== undefined && "task" in whole[0].frame ? whole[0].frame.task.id : "";
    for (const [index, { seq }] of whole.entries()) {
      expect(await collect(await client.subscribe({ id, after: seq }))).toEqual(whole.slice(index + 1));
    }
  });

  test("[STREAM-RESUME-002] goes on into what has not happened yet", async () => {
    const client = house.client(binding);
    const asked = await collect(await client.stream(saying("ask what?")));
    const id = asked[0] !== undefined && "task" in asked[0].frame ? asked[0].frame.task.id : "";
    const resumed = await client.subscribe({ id, after: asked[0]?.seq ?? 0 });
    expect(await nextOf(resumed)).toEqual(asked[1]);
    await client.send(saying("echo that", { taskId: id }));
    expect(statesOf(await collect(resumed)).at(-1)).toBe(TaskState.Completed);
  });

  test("[STREAM-RESUME-003] with a place that is none is refused", async () => {
    const client = house.client(binding);
    const { id } = taskOf(await client.send(saying("ask what?")));
    const refused = await refusal(client.subscribe({ id, after: "the middle" }));
    expect([refused.reason, refused.fields]).toEqual(["INVALID_PARAMS", ["Last-Event-ID"]]);
  });
}

/** What a client makes of the frames by what A2A says of them. */
function follow(task: Task | undefined, frame: StreamResponse): Task | undefined {
  if ("task" in frame) {
    const { history: _history, ...rest } = frame.task;
    return rest;
  }
  if (task === undefined || "message" in frame) return task;
  if ("statusUpdate" in frame) return { ...task, status: frame.statusUpdate.status };
  const { artifact, append } = frame.artifactUpdate;
  const known = (task.artifacts ?? []).find(({ artifactId }) => artifactId === artifact.artifactId);
  const others = (task.artifacts ?? []).filter((each) => each !== known);
  const parts = append === true ? [...(known?.parts ?? []), ...artifact.parts] : artifact.parts;
  return { ...task, artifacts: [...others, { ...known, ...artifact, parts }] };
}
