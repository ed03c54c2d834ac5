import { expect, test } from "vitest";
import { NO_LOG, foldLog, fromRecord, parseMessage, toText } from "./build-log.ts";
import type { BuildLog, DeploymentMessage } from "./build-log.ts";
import type { Deployment } from "./deployment-queries.ts";

const AT = "2026-11-29T12:00:00.000Z";
const step = (seq: number, name: string, status: "running" | "done" | "failed", ms?: number): DeploymentMessage => ({
  seq,
  kind: "step",
  data: { name, status, startedAt: AT, ...(ms === undefined ? {} : { ms }) },
});
const log = (seq: number, text: string): DeploymentMessage => ({ seq, kind: "log", data: { text } });
const record: Deployment = {
  deploymentId: "dep_1",
  agent: "a",
  release: "rel_1",
  status: "live",
  steps: [
    { name: "unpack", status: "done", startedAt: AT, ms: 2 },
    { name: "build", status: "done", startedAt: AT, ms: 90 },
  ],
  log: "one\ntwo\nthree\n",
  createdAt: AT,
  updatedAt: AT,
};
const MESSAGES = [
  step(1, "unpack", "running"),
  step(2, "unpack", "done", 2),
  step(3, "build", "running"),
  log(4, "on"),
  log(5, "e\ntwo\nthr"),
  log(6, "ee\n"),
  step(7, "build", "done", 90),
  { seq: 8, kind: "done", data: record },
] as const satisfies readonly DeploymentMessage[];

test("lines stand below their step, whole however they were cut, and are counted through", () => {
  const seen = MESSAGES.reduce<BuildLog>(foldLog, NO_LOG);
  expect(seen.sections).toMatchObject([
    { step: "unpack", status: "done", ms: 2, lines: [], firstLine: 1 },
    { step: "build", status: "done", ms: 90, lines: ["one", "two", "three"], firstLine: 1 },
  ]);
  expect(seen.deployment?.status).toBe("live");
  expect(toText(seen)).toBe("one\ntwo\nthree");
});

test("what is sent again changes nothing, whatever was already seen", () => {
  const whole = MESSAGES.reduce<BuildLog>(foldLog, NO_LOG);
  for (let n = 0; n < MESSAGES.length; n++) {
    const some = MESSAGES.slice(0, n + 1).reduce<BuildLog>(foldLog, NO_LOG);
    expect(MESSAGES.reduce<BuildLog>(foldLog, some)).toEqual(whole);
  }
});

test("a deployment that nobody followed has its steps and its log below them", () => {
  const { sections } = fromRecord(record);
  expect(sections.map(({ step: name, lines }) => [name, lines.length])).toEqual([
    ["unpack", 0],
    ["build", 0],
    ["", 3],
  ]);
  expect(foldLog(NO_LOG, { seq: 1, kind: "done", data: record }).sections).toEqual(sections);
});

test("a log without end is kept up to a bound", () => {
  const seen = Array.from({ length: 30 }, (_, n) => log(n + 1, "x\n".repeat(1_000))).reduce<BuildLog>(foldLog, NO_LOG);
  expect(seen.sections[0]?.lines).toHaveLength(20_000);
});

test("messages that are none are passed over", () => {
  for (const text of ["", "null", "3", "[]", '{"seq":1}', '{"seq":1,"kind":"new","data":{}}'])
    expect(parseMessage(text)).toBeUndefined();
  expect(parseMessage('{"seq":1,"kind":"log","data":{"text":"x"}}')).toEqual(log(1, "x"));
});
