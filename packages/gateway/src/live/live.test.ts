import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openHouse, textMessage } from "../gateway.fixture.ts";
import type { House, Json } from "../gateway.fixture.ts";

let house: House;
beforeAll(async () => {
  house = await openHouse();
});
afterAll(async () => await house[Symbol.asyncDispose]());

interface Followed {
  /** The next event of a topic that fits. */
  next(topic: string, fits?: (event: Json) => boolean): Promise<Json>;
  close(): void;
}

async function follow(topics: readonly object[], token: string): Promise<Followed> {
  const stream = await house.open("/v1/live", { method: "POST", token, body: { topics } });
  expect(stream.response.statusCode).toBe(200);
  let seen: Json[] = [];
  return {
    async next(topic, fits = () => true) {
      for (;;) {
        const found = seen.findIndex((event) => event.topic === topic && fits(event));
        const event = seen[found];
        // What came before it in its topic was passed over.
        seen = seen.filter((each, index) => index > found || each.topic !== topic);
        if (event !== undefined) return event;
        const { value, done } = await stream.events.next();
        if (done === true) throw new Error(`the stream ended: ${JSON.stringify(seen)}`);
        seen.push(value.data);
      }
    },
    close: () => stream.close(),
  };
}

const send = async (token: string): Promise<string> => {
  const { json } = await house.rpc("SendMessage", textMessage("hello"), { token, headers: { "A2A-Version": "1.0" } });
  return json.result.task.id;
};

describe("a live stream", () => {
  test("carries a task's log from where the caller left off to its end", async () => {
    const key = await house.key("invoke");
    const taskId = await send(key);
    const whole = await follow([{ id: "t", topic: "task", taskId }], key);
    const first = await whole.next("t");
    expect(first).toMatchObject({ type: "event", id: 1, event: { seq: 1, body: { kind: "accepted" } } });
    expect(Math.abs(Date.now() - first.at)).toBeLessThan(60_000);
    const last = await whole.next("t", ({ event }) => event?.body.status?.state === "TASK_STATE_COMPLETED");
    expect((await whole.next("t")).type).toBe("end");
    const rest = await follow([{ id: "t", topic: "task", taskId, after: last.id - 1 }], key);
    expect((await rest.next("t")).id).toBe(last.id);
  });

  test("says that one topic is refused and goes on with the others", async () => {
    const key = await house.key("invoke");
    const stream = await follow(
      [
        { id: "a", topic: "approvals" },
        { id: "x", topic: "task", taskId: "task_none" },
        { id: "l", topic: "logs", query: "level:error" },
        { id: "mine", topic: "tasks" },
      ],
      key,
    );
    expect((await stream.next("a")).error.reason).toBe("PERMISSION_DENIED");
    expect((await stream.next("x")).error.reason).toBe("TASK_NOT_FOUND");
    expect((await stream.next("l")).error.reason).toBe("PERMISSION_DENIED");
    const taskId = await send(key);
    const change = await stream.next("mine", ({ tasks }) => tasks.some((task: Json) => task.taskId === taskId));
    expect(change.tasks[0]).toMatchObject({ type: "task", taskId, agent: "scripted", release: "rel_scripted" });
    stream.close();
  });

  test("shows the tasks of others to those who may read them only", async () => {
    const [caller, other, reader] = [await house.key("invoke"), await house.key("invoke"), await house.key("read")];
    const topics = [{ id: "t", topic: "tasks" }];
    const [own, all] = [await follow(topics, other), await follow(topics, reader)];
    const taskId = await send(caller);
    await all.next("t", ({ tasks }) => tasks.some((task: Json) => task.taskId === taskId));
    const ownTask = await send(other);
    const seen = await own.next("t");
    expect(seen.tasks.map((task: Json) => task.taskId)).toEqual([ownTask]);
    own.close();
    all.close();
  });

  test("tails logs and spans after a filter", async () => {
    const key = await house.key("read");
    const stream = await follow(
      [
        { id: "l", topic: "logs", query: "agent:scripted level:error" },
        { id: "s", topic: "spans", query: "name:SendMessage" },
      ],
      key,
    );
    const nowUs = Date.now() * 1_000;
    const line = {
      source: "stdout",
      agent: "scripted",
      atUs: nowUs,
      severity: 9,
      body: "fine",
      attributes: {},
    } as const;
    const sendLater = setInterval(() => {
      house.control.telemetry.sink.logs("org_default", [line, { ...line, severity: 17, body: "broken" }]);
    }, 20);
    try {
      const event = await stream.next("l");
      expect([...new Set(event.logs.map((log: Json) => log.body))]).toEqual(["broken"]);
      expect(event.id).toBe(event.logs.at(-1).id);
    } finally {
      clearInterval(sendLater);
    }
    await send(await house.key("invoke"));
    expect((await stream.next("s")).spans[0].name).toBe("SendMessage");
    stream.close();
  });

  test.each([
    ["no topics", {}],
    ["a topic that is none", { topics: [{ id: "x", topic: "weather" }] }],
    [
      "two of one name",
      {
        topics: [
          { id: "x", topic: "tasks" },
          { id: "x", topic: "approvals" },
        ],
      },
    ],
    ["a place that is none", { topics: [{ id: "x", topic: "logs", after: -1 }] }],
  ])("refuses %s", async (_what, body) => {
    const answer = await house.call("/v1/live", { body, token: house.admin });
    expect([answer.status, answer.json.reason]).toEqual([400, "INVALID_PARAMS"]);
  });

  test("is one of a bounded number for each caller", async () => {
    const key = await house.key("invoke");
    const body = { topics: [{ id: "t", topic: "tasks" }] };
    const open = await Promise.all(
      Array.from({ length: 32 }, async () => await house.open("/v1/live", { method: "POST", token: key, body })),
    );
    expect((await house.call("/v1/live", { body, token: key })).json.reason).toBe("TOO_MANY_STREAMS");
    for (const each of open) each.close();
    const again = async (): Promise<number | undefined> => {
      const stream = await house.open("/v1/live", { method: "POST", token: key, body });
      stream.close();
      return stream.response.statusCode;
    };
    await expect.poll(again).toBe(200);
  });
});
