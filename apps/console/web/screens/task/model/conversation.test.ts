import { TaskState, foldTask } from "@berth/protocol";
import type { TaskEvent } from "@berth/protocol";
import { expect, test } from "vitest";
import { authorityOf } from "./authority.ts";
import { conversationOf } from "./conversation.ts";
import { ACCEPTED, chunkBody, eventAt, statusBody } from "./events.fixture.ts";
import { stepName, wordsOf } from "./event-words.ts";
import { missingOf } from "./missing.ts";
import { snapshotOf, visitedStates } from "./snapshot.ts";

const LOG = "https://berth.dev/extensions/log/v1";
const EVENTS: readonly TaskEvent[] = [
  eventAt(1, 0, ACCEPTED),
  eventAt(2, 10, statusBody(TaskState.Working)),
  eventAt(3, 20, statusBody(TaskState.Working, "one")),
  eventAt(4, 30, statusBody(TaskState.Working, "two")),
  eventAt(5, 40, {
    kind: "status",
    status: { state: TaskState.Working },
    metadata: { [LOG]: { level: "error", data: "oh" } },
  }),
  eventAt(6, 50, chunkBody("out", "Hel", false)),
  eventAt(7, 60, { kind: "step", key: "step:pay#2", op: "step", phase: "started", execution: 1 }),
  eventAt(8, 70, chunkBody("out", "lo", true)),
  eventAt(9, 80, { kind: "step", key: "step:pay#2", op: "step", phase: "failed", execution: 1, error: "no" }),
  eventAt(10, 90, {
    kind: "scope_request",
    approvalId: "apr_1",
    phase: "requested",
    read: ["x/**"],
    reason: "why",
    expiresAt: "",
  }),
  eventAt(11, 95, { kind: "file", op: "read", path: "x/a", outcome: "denied", reason: "GRANT_EXCEEDED" }),
  eventAt(12, 99, {
    kind: "scope_request",
    approvalId: "apr_1",
    phase: "approved",
    read: ["x/**"],
    reason: "why",
    expiresAt: "",
    by: "usr_1",
  }),
  eventAt(13, 110, statusBody(TaskState.Completed, "done")),
];

function asAt(count: number) {
  return conversationOf(EVENTS, count, foldTask(EVENTS.slice(0, count)));
}

test("a log reads as a conversation, in the order in which things began", () => {
  expect(asAt(13).map(({ type, seq }) => [type, seq])).toEqual([
    ["message", 1],
    ["state", 2],
    ["progress", 4],
    ["log", 5],
    ["artifact", 8],
    ["step", 9],
    ["scope", 12],
    ["state", 13],
  ]);
});

test("as at an event in the middle, artifacts are partial and steps under way", () => {
  expect(asAt(7).slice(-2)).toMatchObject([
    { type: "artifact", chunks: 1, artifact: { parts: [{ text: "Hel" }] } },
    { type: "step", tries: 1 },
  ]);
  expect(asAt(7).at(-1)).not.toHaveProperty("end");
  expect(asAt(8).find(({ type }) => type === "artifact")).toMatchObject({
    chunks: 2,
    artifact: { parts: [{ text: "Hel" }, { text: "lo" }] },
  });
  const { open, denied, elapsedMs } = snapshotOf(EVENTS, 7, foldTask(EVENTS.slice(0, 7)));
  expect([open, denied, elapsedMs]).toEqual([[{ seq: 7, what: "step pay #2" }], 0, 60]);
  expect(snapshotOf(EVENTS, 13, foldTask(EVENTS))).toMatchObject({ open: [], denied: 1 });
});

test("states are visited once each time, with how long they lasted", () => {
  expect(visitedStates(EVENTS).map(({ state, ms }) => [state, ms])).toEqual([
    ["TASK_STATE_SUBMITTED", 10],
    ["TASK_STATE_WORKING", 100],
    ["TASK_STATE_COMPLETED", undefined],
  ]);
});

test("files, requests and their decisions are as at the event", () => {
  expect(authorityOf(EVENTS, 11)).toMatchObject({
    files: [{ path: "x/a", reads: 0, denied: 1 }],
    requests: [{ request: { approvalId: "apr_1" } }],
  });
  expect(authorityOf(EVENTS, 11).requests[0]).not.toHaveProperty("decision");
  expect(authorityOf(EVENTS, 13).requests[0]?.decision).toMatchObject({ phase: "approved", by: "usr_1", seq: 12 });
});

test("gaps, erasures, silence and agents without words are told", () => {
  const silent = [
    eventAt(1, 0, ACCEPTED),
    eventAt(2, 1, statusBody(TaskState.Working)),
    eventAt(5, 90_000, statusBody(TaskState.Completed)),
  ];
  const now = Date.parse(silent[2]?.at ?? "");
  expect(missingOf(silent, [{ from: 3, to: 4 }], now).map(({ key }) => key)).toEqual([
    "hole 3",
    "silence",
    "untimed",
    "wordless",
  ]);
  expect(conversationOf(silent, 3, foldTask(silent)).map(({ type }) => type)).toEqual([
    "message",
    "state",
    "hole",
    "state",
  ]);
  const erased = [
    eventAt(1, 0, { ...ACCEPTED, erased: true } as TaskEvent["body"]),
    eventAt(2, 1, { kind: "erased", erased: true, was: "message" }),
  ];
  expect(missingOf(erased, [], now)).toMatchObject([{ key: "erased", seq: 1 }]);
});

test("every kind has words, also one that this page does not know", () => {
  expect(wordsOf(eventAt(1, 0, ACCEPTED))).toEqual({ title: "accepted by atlas", detail: "go", tone: "plain" });
  expect(wordsOf(eventAt(5, 0, EVENTS[4]?.body ?? ACCEPTED))).toEqual({
    title: "log error",
    detail: "oh",
    tone: "bad",
  });
  expect(wordsOf(eventAt(1, 0, { kind: "news" } as unknown as TaskEvent["body"])).title).toBe("news");
  expect([stepName("step:charge#1"), stepName("sleep#3"), stepName("odd")]).toEqual(["charge", "sleep #3", "odd"]);
});
