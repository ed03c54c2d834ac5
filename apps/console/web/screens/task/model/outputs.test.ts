import { parseQuery } from "@berth/telemetry";
import { expect, test } from "vitest";
import { diffLines, diffValues } from "./diff.ts";
import { ACCEPTED, chunkBody, eventAt, randomOf } from "./events.fixture.ts";
import { matchesEvent } from "./match-event.ts";
import { artifactText, contentsOf, pairOutputs } from "./outputs.ts";
import { answerRequest, forkRequest, forkSeedOf, questionSchemaOf } from "./send.ts";

const SKILL_CALL = "https://berth.dev/extensions/skill-call/v1";

test("pieces of one text are one text, and only pictures that cannot run are pictures", () => {
  expect(contentsOf([{ text: "# a" }, { text: "b" }], "x.md")).toEqual([
    { type: "text", text: "# ab", isMarkdown: true },
  ]);
  expect(contentsOf([{ raw: "AA==", mediaType: "image/svg+xml" }])).toMatchObject([{ type: "bytes" }]);
  expect(
    contentsOf([{ raw: "AA==", mediaType: "Image/PNG" }, { data: { a: 1 } }, { url: "https://x" }]).map(
      ({ type }) => type,
    ),
  ).toEqual(["image", "json", "link"]);
  expect(artifactText({ artifactId: "a", parts: [{ text: "x" }, { data: [1] }] })).toBe("x\n[\n  1\n]");
});

test("outputs of two tasks are paired by their ids", () => {
  const task = (...ids: string[]) => ({
    id: "t",
    status: { state: "TASK_STATE_COMPLETED" as const },
    artifacts: ids.map((artifactId) => ({ artifactId, parts: [] })),
  });
  expect(
    pairOutputs(task("a", "b"), task("b", "c")).map(({ name, before, after }) => [
      name,
      before !== undefined,
      after !== undefined,
    ]),
  ).toEqual([
    ["a", true, false],
    ["b", true, true],
    ["c", false, true],
  ]);
});

test("the difference of two texts gives both back", () => {
  const random = randomOf(5);
  for (let n = 0; n < 60; n += 1) {
    const text = () =>
      Array.from({ length: Math.floor(random() * 12) }, () => "abc"[Math.floor(random() * 3)]).join("\n");
    const [a, b] = [text(), text()];
    const lines = diffLines(a, b);
    expect(
      lines
        .filter(({ kind }) => kind !== "added")
        .map((line) => line.text)
        .join("\n"),
    ).toBe(a);
    expect(
      lines
        .filter(({ kind }) => kind !== "removed")
        .map((line) => line.text)
        .join("\n"),
    ).toBe(b);
  }
  expect(diffLines("a\nb\nc", "a\nc")).toEqual([
    { kind: "same", text: "a" },
    { kind: "removed", text: "b" },
    { kind: "same", text: "c" },
  ]);
});

test("values differ at their deepest places", () => {
  expect(diffValues({ a: 1, b: { c: [1, 2] }, "x/y": 1 }, { a: 1, b: { c: [1, 3] }, d: null })).toEqual([
    { at: "/b/c/1", before: 2, after: 3 },
    { at: "/x~1y", before: 1 },
    { at: "/d", after: null },
  ]);
  expect(diffValues([1], { 0: 1 })).toHaveLength(1);
  expect(diffValues({ a: [{}] }, { a: [{}] })).toEqual([]);
});

test("the query language finds events by kind, level, member and words", () => {
  const clock = { nowUs: 0 };
  const denied = eventAt(4, 0, { kind: "file", op: "read", path: "x/a", outcome: "denied", reason: "GRANT_EXCEEDED" });
  const chunk = eventAt(5, 0, chunkBody("out", "hello world", true));
  const found = (text: string) =>
    [denied, chunk].filter((event) => matchesEvent(parseQuery(text, clock), event)).map(({ seq }) => seq);
  expect([
    found("name:file"),
    found("level:>=error"),
    found("outcome:denied"),
    found("world"),
    found("-name:file"),
    found("lane:output"),
    found("seq:>4"),
  ]).toEqual([[4], [4], [4], [5], [5], [5], [5]]);
});

test("a fork is the caller's message with what was changed, as a new one", () => {
  const message = {
    messageId: "m1",
    role: "ROLE_USER",
    parts: [{ data: { n: 1 } }, { raw: "AA==" }],
    metadata: { [SKILL_CALL]: { skill: "brief", input: { n: 1 } }, other: 1 },
  } as const;
  const events = [
    eventAt(1, 0, { ...ACCEPTED, message } as typeof ACCEPTED),
    eventAt(2, 1, { kind: "message", message: { messageId: "m2", role: "ROLE_USER", parts: [{ text: "and?" }] } }),
  ];
  const seed = forkSeedOf(events, 1);
  if (seed === undefined) throw new Error("there is a message");
  expect(seed).toMatchObject({ agent: "atlas", skill: "brief", input: { n: 1 } });
  expect(forkRequest(seed, { input: { n: 2 }, isSameContext: false }, "new").message).toEqual({
    messageId: "new",
    role: "ROLE_USER",
    parts: [{ data: { n: 2 } }, { raw: "AA==" }],
    metadata: { [SKILL_CALL]: { skill: "brief", input: { n: 2 } }, other: 1 },
  });
  const second = forkSeedOf(events, 2);
  expect(second).toMatchObject({ text: "and?", skill: "brief" });
  if (second !== undefined)
    expect(forkRequest(second, { text: "or?", isSameContext: true }, "n").message).toEqual({
      messageId: "n",
      role: "ROLE_USER",
      parts: [{ text: "or?" }],
      contextId: "ctx_1",
    });
  expect(forkSeedOf([eventAt(1, 0, { ...ACCEPTED, erased: true } as typeof ACCEPTED)], 1)).toBeUndefined();
});

test("an answer is text or data, to the task that asked", () => {
  expect(answerRequest({ contextId: "c" }, "task_1", "yes", "m").message).toMatchObject({
    taskId: "task_1",
    contextId: "c",
    parts: [{ text: "yes" }],
  });
  expect(answerRequest({ contextId: "c" }, "task_1", { a: 1 }, "m").message.parts).toEqual([{ data: { a: 1 } }]);
  const asked = (schema: unknown) =>
    questionSchemaOf({
      messageId: "m",
      role: "ROLE_AGENT",
      parts: [],
      metadata: { "https://berth.dev/extensions/question/v1": { schema } as never },
    });
  expect([asked({ type: "object" }), asked([1]), questionSchemaOf(undefined)]).toEqual([
    { type: "object" },
    undefined,
    undefined,
  ]);
});
