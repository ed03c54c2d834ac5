import { TaskState } from "@berth/protocol";
import type { Message, Task } from "@berth/protocol";
import { waitFor } from "@berth/testing";
import { describe, expect, test } from "vitest";
import { refusal } from "../bindings/index.ts";
import type { Binding } from "../bindings/index.ts";
import { endedTask, saying, taskOf, textsOf } from "../house.ts";
import type { House } from "../house.ts";

const ENDS = [TaskState.Completed, TaskState.Failed, TaskState.Canceled, TaskState.Rejected] as const;

/** Contexts, turns, ends, history, repeats. */
export function describeConversations(house: House, binding: Binding): void {
  describe("contexts", () => {
    test("[CTX-MADE-001] a context that the server made is in the task and in the message", async () => {
      const client = house.client(binding);
      expect(taskOf(await client.send(saying("echo hi"))).contextId).toMatch(/^ctx_/);
      const said = await client.send(saying("say hi"));
      expect(said).toMatchObject({ message: { role: "ROLE_AGENT", contextId: expect.stringMatching(/^ctx_/) } });
    });

    test("[CTX-KEPT-001] a context that the caller chose is kept, for one task after the other", async () => {
      const client = house.client(binding);
      const contextId = `chosen ${crypto.randomUUID()}`;
      const first = taskOf(await client.send(saying("echo one", { contextId })));
      const second = taskOf(await client.send(saying("echo two", { contextId })));
      expect([first.contextId, second.contextId]).toEqual([contextId, contextId]);
      expect(second.id).not.toBe(first.id);
      expect((await client.list({ contextId })).tasks.map(({ id }) => id)).toEqual([second.id, first.id]);
    });

    test("[CTX-KEPT-002] a context that cannot be kept is refused, not replaced", async () => {
      const client = house.client(binding);
      for (const contextId of ["x".repeat(257), "two\nlines"]) {
        const refused = await refusal(client.send(saying("echo hi", { contextId })));
        expect([refused.reason, refused.fields]).toEqual(["INVALID_PARAMS", ["message.contextId"]]);
      }
    });

    test("[CTX-INFERRED-001] a message with a task's id alone is in the task's context", async () => {
      const client = house.client(binding);
      const asked = taskOf(await client.send(saying("ask what?")));
      const done = taskOf(await client.send(saying("echo that", { taskId: asked.id })));
      expect([done.id, done.contextId, textsOf(done)]).toEqual([asked.id, asked.contextId, "that"]);
      expect(done.history?.every(({ contextId }) => contextId === asked.contextId)).toBe(true);
    });

    test("[CTX-MISMATCH-001] a message with a task and another context is refused and changes nothing", async () => {
      const client = house.client(binding);
      const asked = taskOf(await client.send(saying("ask what?")));
      const mixed = saying("echo that", { taskId: asked.id, contextId: "another" });
      const refused = await refusal(client.send(mixed));
      expect([refused.reason, refused.fields]).toEqual(["CONTEXT_MISMATCH", ["message.contextId"]]);
      expect(await client.get({ id: asked.id })).toEqual(asked);
    });
  });

  describe("tasks", () => {
    test("[TASK-ID-001] ids are the server's and each its own; a caller cannot choose one", async () => {
      const client = house.client(binding);
      const ids = await Promise.all([1, 2, 3].map(async () => taskOf(await client.send(saying("echo hi"))).id));
      expect(new Set(ids).size).toBe(3);
      const refused = await refusal(client.send(saying("echo hi", { taskId: "task_of-my-own" })));
      expect(refused.reason).toBe("TASK_NOT_FOUND");
    });

    test.each(ENDS)("[TASK-END-001] a task in %s takes nothing and stays as it was", async (state) => {
      const client = house.client(binding);
      const ended = await endedTask(client, state);
      expect(ended.status.state).toBe(state);
      expect((await refusal(client.send(saying("echo more", { taskId: ended.id })))).reason).toBe(
        "UNSUPPORTED_OPERATION",
      );
      expect((await refusal(client.stream(saying("echo more", { taskId: ended.id })))).reason).toBe(
        "UNSUPPORTED_OPERATION",
      );
      expect((await refusal(client.subscribe({ id: ended.id }))).reason).toBe("UNSUPPORTED_OPERATION");
      expect((await refusal(client.cancel({ id: ended.id }))).reason).toBe("TASK_NOT_CANCELABLE");
      expect(await client.get({ id: ended.id })).toEqual(ended);
    });

    test("[TASK-CANCEL-001] a running task is canceled, and its blocked sender learns of it", async () => {
      const client = house.client(binding);
      const contextId = crypto.randomUUID();
      const started = taskOf(await client.send(saying("wait here", { contextId }, { returnImmediately: true })));
      const blocked = client.stream(saying("echo never", { taskId: started.id }));
      await waitFor("the second message", async () => {
        const { history = [] } = await client.get({ id: started.id });
        return history.some(({ parts }) => parts[0]?.text === "echo never");
      });
      const canceled = await client.cancel({ id: started.id });
      expect(canceled.status.state).toBe(TaskState.Canceled);
      const frames = [];
      for await (const { frame } of await blocked) frames.push(frame);
      expect(frames.at(-1)).toMatchObject({ statusUpdate: { status: { state: TaskState.Canceled } } });
    });
  });

  describe("history", () => {
    /** Of one task with three messages of the caller and two of the agent. */
    const talk = async (): Promise<Task> => {
      const client = house.client(binding);
      const { id: taskId } = taskOf(await client.send(saying("ask first")));
      await client.send(saying("ask second", { taskId }));
      return taskOf(await client.send(saying("echo third", { taskId })));
    };
    const said = (task: { readonly history?: readonly Message[] }): readonly (string | undefined)[] | undefined =>
      task.history?.map(({ parts }) => parts[0]?.text);

    test("[HIST-GET-001] of a get: absent is all of it, 0 none and no member, n the newest n", async () => {
      const client = house.client(binding);
      const { id } = await talk();
      const all = ["ask first", "first", "ask second", "second", "echo third"];
      expect(said(await client.get({ id }))).toEqual(all);
      expect(await client.get({ id, historyLength: 0 })).not.toHaveProperty("history");
      expect(said(await client.get({ id, historyLength: 2 }))).toEqual(["second", "echo third"]);
      expect(said(await client.get({ id, historyLength: 99 }))).toEqual(all);
    });

    test("[HIST-SEND-001] of a send and of the task that opens a stream", async () => {
      const client = house.client(binding);
      const { contextId } = await talk();
      const change = contextId === undefined ? {} : { contextId };
      const none = taskOf(await client.send(saying("echo a", change, { historyLength: 0 })));
      expect(none).not.toHaveProperty("history");
      const one = taskOf(await client.send(saying("echo b", change, { historyLength: 1 })));
      expect(said(one)).toEqual(["echo b"]);
      for await (const { frame } of await client.stream(saying("echo c", change, { historyLength: 0 }))) {
        if ("task" in frame) expect(frame.task).not.toHaveProperty("history");
      }
    });

    test("[HIST-LIST-001] of a list", async () => {
      const client = house.client(binding);
      const { id, contextId } = await talk();
      const listed = await client.list({ contextId, historyLength: 2 });
      expect(listed.tasks.map((task) => [task.id, said(task)])).toEqual([[id, ["second", "echo third"]]]);
      expect((await client.list({ contextId, historyLength: 0 })).tasks[0]).not.toHaveProperty("history");
    });

    test("[HIST-BOUND-001] a negative length is refused with its field", async () => {
      const client = house.client(binding);
      const { id, contextId } = await talk();
      const calls = [
        client.get({ id, historyLength: -1 }),
        client.list({ contextId, historyLength: -1 }),
        client.send(saying("echo hi", {}, { historyLength: -1 })),
      ];
      for (const refused of await Promise.all(calls.map(refusal))) {
        expect([refused.reason, refused.fields[0]]).toEqual([
          "INVALID_PARAMS",
          expect.stringMatching(/^(configuration\.)?historyLength$/),
        ]);
      }
    });
  });

  describe("the same again", () => {
    test("[IDEM-MESSAGE-001] one message sent twice is one task, and both get its answer", async () => {
      const client = house.client(binding);
      const request = saying("echo once", { contextId: crypto.randomUUID() });
      const [first, second] = await Promise.all([client.send(request), client.send(request)]);
      expect(taskOf(second)).toEqual(taskOf(first));
      expect((await client.list({ contextId: request.message.contextId })).totalSize).toBe(1);
    });

    test("[IDEM-KEY-001] an Idempotency-Key with another content is refused", async () => {
      const client = house.client(binding, { headers: { "idempotency-key": crypto.randomUUID() } });
      const first = taskOf(await client.send(saying("echo one")));
      const again = await refusal(client.send(saying("echo two")));
      expect(again.reason).toBe("IDEMPOTENCY_CONFLICT");
      expect(taskOf(await client.send(saying("echo one"))).id).toBe(first.id);
    });

    test("[IDEM-CALLER-001] another caller's message id is another message", async () => {
      const request = saying("echo mine");
      const alice = taskOf(await house.client(binding).send(request));
      const bob = taskOf(await house.client(binding, { as: "bob" }).send(request));
      expect(bob.id).not.toBe(alice.id);
    });

    test("[IDEM-CANCEL-001] of a cancel that was answered: the task is as it was", async () => {
      const client = house.client(binding);
      const canceled = await endedTask(client, TaskState.Canceled);
      expect((await refusal(client.cancel({ id: canceled.id }))).reason).toBe("TASK_NOT_CANCELABLE");
      expect(await client.get({ id: canceled.id })).toEqual(canceled);
    });
  });

  describe("an authorization that is missing", () => {
    test("[AUTH-INTASK-001][AUTH-INTASK-002][AUTH-INTASK-003] is a task in AUTH_REQUIRED that says which", async () => {
      const asked = taskOf(await house.client(binding).send(saying("auth Sign in there.")));
      expect(asked.status).toMatchObject({
        state: TaskState.AuthRequired,
        message: { role: "ROLE_AGENT", parts: [{ text: "Sign in there." }] },
      });
    });

    test("[AUTH-INTASK-006] can be talked about in the task", async () => {
      const client = house.client(binding);
      const { id: taskId } = taskOf(await client.send(saying("auth Sign in there.")));
      const done = taskOf(await client.send(saying("I will not", { taskId })));
      expect([done.id, done.status.state, textsOf(done)]).toEqual([taskId, TaskState.Completed, "I will not"]);
    });

    test("[AUTH-INTASK-004][AUTH-INTASK-005] may arrive by another way: the stream stays open and shows the rest", async () => {
      const client = house.client(binding, { agent: "rogue" });
      const states = [];
      let text = "";
      for await (const { frame } of await client.stream(saying("auth out of band"))) {
        if ("statusUpdate" in frame) states.push(frame.statusUpdate.status.state);
        if ("artifactUpdate" in frame) text += textsOf({ artifacts: [frame.artifactUpdate.artifact] });
      }
      expect([states, text]).toEqual([[TaskState.AuthRequired, TaskState.Completed], "approved"]);
    });
  });
}
