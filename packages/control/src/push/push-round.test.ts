import { TaskState } from "@berth/protocol";
import { describe, expect, test } from "vitest";
import { ORG, PushFixture, TASK, statusOf } from "./test/push-fixture.ts";

const seqs = (fixture: PushFixture): number[] => fixture.posted.map(({ delivery }) => delivery.seq);

describe("a round", () => {
  test("sends every update that clients see, in order, once", async () => {
    const fixture = await PushFixture.open();
    await fixture.appendTurn();
    expect(await fixture.round()).toBe(true);
    expect(seqs(fixture)).toEqual([2, 4, 5]);
    expect(await fixture.log()).toEqual(["2 delivered 1", "4 delivered 1", "5 delivered 1"]);
    expect(await fixture.round()).toBe(false);
  });

  test("sends what comes while it sends", async () => {
    const fixture = await PushFixture.open();
    await fixture.append(statusOf(TaskState.Working));
    fixture.answer = async ({ delivery }) => {
      if (delivery.seq === 2) await fixture.append(statusOf(TaskState.Completed));
      return { kind: "delivered" };
    };
    await fixture.round();
    expect(seqs(fixture)).toEqual([2, 3]);
  });

  test("makes room for others after a hundred updates, and goes on later", async () => {
    const fixture = await PushFixture.open();
    await fixture.append(...Array.from({ length: 150 }, () => statusOf(TaskState.Working)));
    await fixture.round();
    expect(fixture.posted).toHaveLength(100);
    await fixture.round();
    expect(seqs(fixture)).toEqual(Array.from({ length: 150 }, (_, i) => i + 2));
  });

  test("keeps the order while one update fails, and tries it again when its time has come", async () => {
    const fixture = await PushFixture.open();
    await fixture.appendTurn();
    fixture.answer = () => ({ kind: "failed", error: "HTTP 503", retryAfterMs: 0 });
    await fixture.round();
    expect(await fixture.log()).toEqual(["2 pending 1 HTTP 503", "4 pending 0", "5 pending 0"]);
    fixture.advance(999);
    expect(await fixture.round()).toBe(false);
    fixture.advance(1);
    fixture.answer = () => ({ kind: "delivered" });
    await fixture.round();
    expect(seqs(fixture)).toEqual([2, 2, 4, 5]);
    expect(await fixture.log()).toEqual(["2 delivered 2", "4 delivered 1", "5 delivered 1"]);
  });

  test("waits as long as the receiver asks", async () => {
    const fixture = await PushFixture.open();
    await fixture.append(statusOf(TaskState.Working));
    fixture.answer = () => ({ kind: "failed", error: "HTTP 429", retryAfterMs: 60_000 });
    await fixture.round();
    fixture.advance(59_999);
    expect(await fixture.round()).toBe(false);
    fixture.advance(1);
    expect(await fixture.round()).toBe(true);
  });

  test("gives an update up after ten attempts and goes on with the next", async () => {
    const fixture = await PushFixture.open();
    await fixture.appendTurn();
    fixture.answer = ({ delivery }) =>
      delivery.seq === 2 ? { kind: "failed", error: "HTTP 500", retryAfterMs: 0 } : { kind: "delivered" };
    for (let attempt = 1; attempt <= 10; attempt++) {
      expect(await fixture.round(), `attempt ${attempt}`).toBe(true);
      fixture.advance(600_000);
    }
    expect(seqs(fixture)).toEqual([...Array(10).fill(2), 4, 5]);
    expect(await fixture.log()).toEqual(["2 dead 10 HTTP 500", "4 delivered 1", "5 delivered 1"]);
    expect(await fixture.round()).toBe(false);
  });

  test("gives up at once what the receiver refuses", async () => {
    const fixture = await PushFixture.open();
    await fixture.appendTurn();
    fixture.answer = ({ delivery }) =>
      delivery.seq === 4 ? { kind: "refused", error: "HTTP 400" } : { kind: "delivered" };
    await fixture.round();
    expect(await fixture.log()).toEqual(["2 delivered 1", "4 dead 1 HTTP 400", "5 delivered 1"]);
  });

  test("deletes the configuration of a receiver that is gone", async () => {
    const fixture = await PushFixture.open();
    await fixture.appendTurn();
    fixture.answer = () => ({ kind: "gone" });
    await fixture.round();
    expect(seqs(fixture)).toEqual([2]);
    expect(await fixture.store.push.find(ORG, TASK, "c")).toBeUndefined();
    const deleted = "the configuration was deleted";
    expect(await fixture.log()).toEqual([`2 dead 0 ${deleted}`, `4 dead 0 ${deleted}`, `5 dead 0 ${deleted}`]);
    expect(await fixture.round()).toBe(false);
  });

  test("sends a dead update again when asked, before what is newer", async () => {
    const fixture = await PushFixture.open();
    await fixture.append(statusOf(TaskState.Working));
    fixture.answer = () => ({ kind: "refused", error: "HTTP 404" });
    await fixture.round();
    const [dead] = await fixture.store.push.deliveries(ORG, TASK, 1);
    await fixture.append(statusOf(TaskState.Completed));
    expect(await fixture.store.push.revive(ORG, dead?.deliveryId ?? "", fixture.at)).toBe(true);
    fixture.answer = () => ({ kind: "delivered" });
    await fixture.round();
    expect(seqs(fixture)).toEqual([2, 2, 3]);
  });
});

describe("a sender that dies or stops", () => {
  test("in the middle of an attempt: another sends the same update again when the lease has run out", async () => {
    const fixture = await PushFixture.open();
    await fixture.appendTurn();
    const lease = await fixture.claim();
    if (lease === undefined) throw new Error("there was something to send");
    fixture.answer = ({ delivery }) => {
      if (delivery.seq === 4) throw new Error("kill -9");
      return { kind: "delivered" };
    };
    await expect(fixture.run(lease)).rejects.toThrow("kill -9");
    fixture.answer = () => ({ kind: "delivered" });
    expect(await fixture.round()).toBe(false);
    fixture.advance(15_000);
    expect(await fixture.round()).toBe(true);
    expect(seqs(fixture)).toEqual([2, 4, 4, 5]);
  });

  test("and was only slow: what it does after that is not written", async () => {
    const fixture = await PushFixture.open();
    await fixture.appendTurn();
    fixture.answer = async () => {
      fixture.answer = () => ({ kind: "delivered" });
      fixture.advance(15_000);
      await fixture.round();
      return { kind: "refused", error: "too late" };
    };
    await fixture.round();
    expect(seqs(fixture)).toEqual([2, 2, 4, 5]);
    expect(await fixture.log()).toEqual(["2 delivered 1", "4 delivered 1", "5 delivered 1"]);
  });

  test("on request: the attempt that was broken off does not count, and is due at once", async () => {
    const fixture = await PushFixture.open();
    await fixture.appendTurn();
    const stop = new AbortController();
    fixture.answer = () => {
      stop.abort();
      return { kind: "failed", error: "broken off", retryAfterMs: 0 };
    };
    await fixture.round(stop.signal);
    expect(await fixture.log()).toEqual(["2 pending 0", "4 pending 0", "5 pending 0"]);
    fixture.answer = () => ({ kind: "delivered" });
    expect(await fixture.round()).toBe(true);
    expect(seqs(fixture)).toEqual([2, 2, 4, 5]);
  });
});

describe("what is posted", () => {
  const bodies = (fixture: PushFixture): unknown[] => fixture.posted.map(({ body }) => JSON.parse(body.text));

  test("to a 1.0 webhook is the event, as a stream shows it", async () => {
    const fixture = await PushFixture.open();
    await fixture.appendTurn();
    await fixture.round();
    expect(fixture.posted.map(({ body }) => body.contentType)).toEqual(Array(3).fill("application/a2a+json"));
    const ids = { taskId: TASK, contextId: "ctx_1" };
    const timestamp = "2026-11-29T10:00:00.000Z";
    expect(bodies(fixture)).toEqual([
      { statusUpdate: { ...ids, status: { state: "TASK_STATE_WORKING", timestamp } } },
      { artifactUpdate: { ...ids, artifact: { artifactId: "a", parts: [{ text: "done" }] }, lastChunk: true } },
      { statusUpdate: { ...ids, status: { state: "TASK_STATE_COMPLETED", timestamp } } },
    ]);
  });

  test("to a 0.3 webhook is the task as it was then", async () => {
    const fixture = await PushFixture.open({ protocolVersion: "0.3" });
    await fixture.appendTurn();
    await fixture.round();
    expect(fixture.posted.map(({ body }) => body.contentType)).toEqual(Array(3).fill("application/json"));
    const shapes = bodies(fixture) as { kind: string; id: string; status: { state: string }; artifacts?: unknown[] }[];
    expect(shapes.map(({ kind, id, status, artifacts }) => [kind, id, status.state, artifacts?.length ?? 0])).toEqual([
      ["task", TASK, "working", 0],
      ["task", TASK, "working", 1],
      ["task", TASK, "completed", 1],
    ]);
  });
});
