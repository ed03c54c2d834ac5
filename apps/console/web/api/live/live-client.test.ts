import { expect, test } from "vitest";
import { LiveClient } from "./live-client.ts";
import type { LiveClock, LiveListener } from "./live-client.ts";
import { parseLiveFrame } from "./live-frame.ts";
import type { LiveFrame, LiveTopic } from "./live-frame.ts";

/** A stream that the test writes and cuts. */
class FakeStream {
  readonly topics: readonly (LiveTopic & { readonly id: string })[];
  readonly signal: AbortSignal;
  #waiting: ((value: IteratorResult<readonly LiveFrame[]>) => void) | undefined;
  readonly #queue: (readonly LiveFrame[])[] = [];
  #isOver = false;

  constructor(topics: FakeStream["topics"], signal: AbortSignal) {
    this.topics = topics;
    this.signal = signal;
    signal.addEventListener("abort", () => this.end());
  }
  say(...frames: readonly LiveFrame[]): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting === undefined) this.#queue.push(frames);
    else waiting({ done: false, value: frames });
  }
  end(): void {
    this.#isOver = true;
    this.#waiting?.({ done: true, value: undefined });
  }
  [Symbol.asyncIterator](): AsyncIterator<readonly LiveFrame[]> {
    return {
      next: async () => {
        const value = this.#queue.shift();
        if (value !== undefined) return { done: false, value };
        if (this.#isOver) return { done: true, value: undefined };
        return await new Promise((resolve) => (this.#waiting = resolve));
      },
    };
  }
}

class House {
  now = 1_000;
  readonly streams: FakeStream[] = [];
  refusals = 0;
  readonly #timers: { readonly at: number; readonly run: () => void }[] = [];
  readonly clock: LiveClock = {
    now: () => this.now,
    after: (ms, run) => {
      const timer = { at: this.now + ms, run };
      this.#timers.push(timer);
      return () => void (this.#timers.includes(timer) && this.#timers.splice(this.#timers.indexOf(timer), 1));
    },
  };
  readonly client = new LiveClient(async (topics, signal) => {
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new Error("refused");
    }
    const stream = new FakeStream(topics, signal);
    this.streams.push(stream);
    return await Promise.resolve(stream);
  }, this.clock);

  get last(): FakeStream {
    const stream = this.streams.at(-1);
    if (stream === undefined) throw new Error("nothing was opened");
    return stream;
  }
  async pass(ms: number): Promise<void> {
    await settle();
    const until = this.now + ms;
    for (;;) {
      const due = this.#timers.filter(({ at }) => at <= until).toSorted((a, b) => a.at - b.at)[0];
      if (due === undefined) break;
      this.now = due.at;
      this.#timers.splice(this.#timers.indexOf(due), 1);
      due.run();
      await settle();
    }
    this.now = until;
    await settle();
  }
}

async function settle(): Promise<void> {
  for (let n = 0; n < 200; n += 1) await Promise.resolve();
}

function event(topic: string, id: number, at = 1_000): LiveFrame {
  return { type: "event", topic, id, at, data: { event: id } };
}

function collector(): LiveListener & { readonly ids: number[]; readonly said: string[] } {
  const ids: number[] = [];
  const said: string[] = [];
  return {
    ids,
    said,
    onEvents: (events) => ids.push(...events.map(({ id }) => id)),
    onGap: (skipped) => said.push(`gap ${skipped}`),
    onError: ({ reason }) => said.push(reason),
    onEnd: () => said.push("end"),
  };
}

test("asks for everything on one stream and hands each topic its own", async () => {
  const house = new House();
  const [task, tasks] = [collector(), collector()];
  house.client.subscribe({ topic: "task", taskId: "task_1", after: 3 }, task);
  house.client.subscribe({ topic: "tasks" }, tasks);
  await house.pass(20);
  expect(house.streams).toHaveLength(1);
  expect(house.last.topics).toEqual([
    { id: "t1", topic: "task", taskId: "task_1", after: 3 },
    { id: "t2", topic: "tasks" },
  ]);
  house.last.say(event("t1", 4), event("t2", 1), event("t1", 5), { type: "gap", topic: "t2", at: 1_000, skipped: 7 });
  await house.pass(0);
  expect([task.ids, tasks.ids, tasks.said]).toEqual([[4, 5], [1], ["gap 7"]]);
  expect(house.client.state.status).toBe("live");
});

test("comes back after a break where it was, and delivers exactly once over 50 breaks", async () => {
  const house = new House();
  const task = collector();
  house.client.subscribe({ topic: "task", taskId: "task_1" }, task);
  await house.pass(20);
  let next = 1;
  for (let round = 0; round < 50; round += 1) {
    const { after = 0 } = house.last.topics[0] as { readonly after?: number };
    // The platform sends again what it does not know to have arrived.
    for (let id = Math.max(1, after - 2); id < next + 4; id += 1) house.last.say(event("t1", id));
    next += 4;
    await house.pass(0);
    house.last.end();
    await house.pass(300);
  }
  expect(task.ids).toEqual(Array.from({ length: next - 1 }, (_, index) => index + 1));
  expect(house.client.state.reconnects).toBe(50);
});

test("waits longer after each refusal, says so, and tries at once when it is asked to", async () => {
  const house = new House();
  house.refusals = 3;
  house.client.subscribe({ topic: "tasks" }, collector());
  await house.pass(20);
  expect(house.client.state).toMatchObject({ status: "waiting", problem: "refused" });
  const first = (house.client.state.retryAt ?? 0) - house.now;
  await house.pass(250);
  expect((house.client.state.retryAt ?? 0) - house.now).toBeGreaterThan(first);
  await house.pass(500);
  expect(house.streams).toHaveLength(0);
  house.client.retryNow();
  await house.pass(0);
  expect(house.client.state.status).toBe("live");
});

test("opens the next stream before the one before ends, so that nothing is missed in between", async () => {
  const house = new House();
  const [one, two] = [collector(), collector()];
  house.client.subscribe({ topic: "task", taskId: "task_1" }, one);
  await house.pass(20);
  const first = house.last;
  first.say(event("t1", 1));
  await house.pass(0);
  const leave = house.client.subscribe({ topic: "approvals" }, two);
  await house.pass(20);
  expect(first.signal.aborted).toBe(true);
  expect(house.last.topics).toMatchObject([{ after: 1 }, { topic: "approvals" }]);
  house.last.say(event("t1", 1), event("t1", 2));
  await house.pass(0);
  expect(one.ids).toEqual([1, 2]);
  leave();
  await house.pass(20);
  expect(house.last.topics).toHaveLength(1);
});

test("gives up one topic that is refused and follows the others; ends when there are none", async () => {
  const house = new House();
  const [bad, good] = [collector(), collector()];
  house.client.subscribe({ topic: "logs", query: "(" }, bad);
  house.client.subscribe({ topic: "deployment", deploymentId: "dpl_1" }, good);
  await house.pass(20);
  house.last.say({ type: "error", topic: "t1", at: 1_000, reason: "INVALID_PARAMS", message: "no" }, event("t2", 1), {
    type: "end",
    topic: "t2",
    at: 1_000,
  });
  await house.pass(0);
  house.last.end();
  await house.pass(300);
  expect([bad.said, good.ids, good.said]).toEqual([["INVALID_PARAMS"], [1], ["end"]]);
  expect([house.client.state.status, house.streams.length]).toEqual(["idle", 1]);
});

test("a stream that says nothing for long is given up, and lag is measured against the fastest event", async () => {
  const house = new House();
  house.client.subscribe({ topic: "task", taskId: "task_1" }, collector());
  await house.pass(20);
  house.last.say(event("t1", 1, house.now - 90_000));
  await house.pass(0);
  house.last.say(event("t1", 2, house.now - 90_040));
  await house.pass(0);
  expect(house.client.state.lagMs).toBe(40);
  await house.pass(41_000);
  expect(house.streams.length).toBeGreaterThan(1);
});

test("reads what the platform says and skips what it does not know", () => {
  expect(
    parseLiveFrame({ event: "event", data: '{"topic":"t1","at":5,"type":"event","id":3,"event":{}}' }),
  ).toMatchObject({ type: "event", id: 3 });
  expect(
    parseLiveFrame({
      event: "error",
      data: '{"topic":"t1","at":5,"error":{"reason":"TASK_NOT_FOUND","detail":"none"}}',
    }),
  ).toMatchObject({ reason: "TASK_NOT_FOUND" });
  for (const data of ["", "[]", "null", '{"topic":1,"at":5}', '{"topic":"t1"}'])
    expect(parseLiveFrame({ event: "event", data })).toBeUndefined();
  expect(parseLiveFrame({ event: "news", data: '{"topic":"t1","at":5}' })).toBeUndefined();
});
