import { DEFAULT_ORG_ID, PlatformError, TaskState, isTerminal } from "@berth/protocol";
import type { TaskEventBody } from "@berth/protocol";
import type { Store, TaskRecord } from "@berth/store";
import { createInMemoryStore } from "@berth/store/memory";
import { waitFor } from "@berth/testing";
import { expect, test } from "vitest";
import { alice, by, hello, house } from "./task-engine.fixture.ts";
import type { House } from "./task-engine.fixture.ts";

/** `refused`: nothing is written. `unheard`: it is written, and the answer is lost. */
type Fault = "none" | "refused" | "unheard";

/** A store whose writes of tasks fail as told. */
function faultyStore(): { readonly store: Store; fault: Fault; failures: number } {
  const store = createInMemoryStore();
  const faulty = { store, fault: "none" as Fault, failures: 0 };
  const failing = async <T>(write: () => Promise<T>): Promise<T> => {
    const { fault } = faulty;
    if (fault !== "none") faulty.failures += 1;
    const unavailable = new PlatformError("STORE_UNAVAILABLE", "The disk is full.");
    if (fault === "refused") throw unavailable;
    const outcome = await write();
    if (fault === "unheard") throw unavailable;
    return outcome;
  };
  const { tasks } = store;
  const [create, append] = [tasks.create.bind(tasks), tasks.append.bind(tasks)];
  tasks.create = async (task) => await failing(async () => await create(task));
  tasks.append = async (request) => await failing(async () => await append(request));
  return faulty;
}

async function ended({ store, engine }: House): Promise<TaskRecord> {
  const record = await waitFor("the task to end", async () => {
    const { tasks } = await engine.list(by(alice), {});
    const found = await store.tasks.find(DEFAULT_ORG_ID, tasks[0]?.id ?? "");
    return found !== undefined && isTerminal(found.state) ? found : undefined;
  });
  const journals = await store.journals.ofTasks(DEFAULT_ORG_ID, [record.taskId]);
  expect(journals.get(record.taskId)).toHaveLength(1);
  return record;
}

/** Runs a task whose agent says it is done while the store has this fault. */
async function endUnder(fault: Fault): Promise<House & { mend(): void }> {
  const faulty = faultyStore();
  const { promise: begun, resolve: begin } = Promise.withResolvers<void>();
  const { promise: gone, resolve: go } = Promise.withResolvers<void>();
  const at = await house(
    async function* (_turn, agent) {
      yield agent.task();
      begin();
      await gone;
      yield agent.status(TaskState.Completed);
    },
    { store: faulty.store },
  );
  await at.engine.accept(by(alice), "scripted", { message: hello() });
  await begun;
  faulty.fault = fault;
  go();
  // The end that the agent told; where that was not written, the end that says so too.
  const failures = fault === "refused" ? 2 : 1;
  await waitFor("the writes to fail", () => faulty.failures === failures);
  return { ...at, mend: () => void (faulty.fault = "none") };
}

test("a task whose end could not be written ends in FAILED once the store answers again", async () => {
  const at = await endUnder("refused");
  at.mend();
  const { state, taskId } = await ended(at);
  expect(state).toBe(TaskState.Failed);
  const { view } = await at.engine.get(by(alice), taskId);
  expect(view.task.status.message?.metadata).toEqual({ reason: "STORE_UNAVAILABLE" });
});

test("an end that was written although nobody heard of it stays the end", async () => {
  const at = await endUnder("unheard");
  at.mend();
  const { state, taskId } = await ended(at);
  expect(state).toBe(TaskState.Completed);
  await waitFor(
    "what is shown to be what is written",
    async () => (await at.engine.get(by(alice), taskId)).view.task.status.state === TaskState.Completed,
  );
});

test("a send that was refused and written all the same leaves no task that nobody ends", async () => {
  const faulty = faultyStore();
  const at = await house(undefined, { store: faulty.store });
  faulty.fault = "unheard";
  const sent = at.engine.accept(by(alice), "scripted", { message: hello() });
  await expect(sent).rejects.toMatchObject({ reason: "STORE_UNAVAILABLE" });
  faulty.fault = "none";
  expect((await ended(at)).state).toBe(TaskState.Failed);
});

test("what is seen of a run after its end is told, and its log stays as it was signed", async () => {
  const late: TaskEventBody[] = [];
  const onLate = async (_record: unknown, bodies: readonly TaskEventBody[]): Promise<void> => void late.push(...bodies);
  const { engine, store } = await house(undefined, { onLate });
  const { taskId } = await engine.accept(by(alice), "scripted", { message: hello() });
  const record = await ended({ engine, store } as House);
  const file = { kind: "file", op: "write", path: "a.txt", outcome: "ok", grantId: "grt_1" } as const;
  await engine.record(DEFAULT_ORG_ID, taskId, [file]);
  expect(late).toEqual([file]);
  const events = await store.tasks.events({ orgId: DEFAULT_ORG_ID, taskId });
  expect(events).toHaveLength(record.lastSeq);
  expect(events.at(-1)?.body.kind).toBe("status");
});
