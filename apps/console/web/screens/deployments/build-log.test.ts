import { expect, test } from "vitest";
import { NO_LOG, foldLog, parseMessage, toText } from "./build-log.ts";
import type { DeploymentMessage } from "./build-log.ts";
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
    { name: "fetch", status: "done", startedAt: AT, ms: 2 },
    { name: "build", status: "done", startedAt: AT, ms: 90 },
  ],
  createdAt: AT,
  updatedAt: AT,
};
const MESSAGES = [
  step(0, "fetch", "running"),
  log(1, "one"),
  step(1, "fetch", "done", 2),
  step(1, "build", "running"),
  log(2, "two"),
  log(3, "three"),
  step(3, "build", "done", 90),
  { seq: 3, kind: "done", data: record },
] as const satisfies readonly DeploymentMessage[];

test("lines stand below their step and are counted through", () => {
  const seen = foldLog(NO_LOG, MESSAGES);
  expect(seen.sections).toMatchObject([
    { step: "fetch", status: "done", ms: 2, lines: ["one"], firstLine: 1 },
    { step: "build", status: "done", ms: 90, lines: ["two", "three"], firstLine: 2 },
  ]);
  expect(seen.deployment?.status).toBe("live");
  expect(toText(seen)).toBe("one\ntwo\nthree");
});

test("what is sent again changes nothing, whatever was already seen", () => {
  const whole = foldLog(NO_LOG, MESSAGES);
  for (let n = 0; n < MESSAGES.length; n++) {
    const some = foldLog(NO_LOG, MESSAGES.slice(0, n + 1));
    expect(foldLog(some, MESSAGES)).toEqual(whole);
  }
});

test("a log without end is kept up to a bound", () => {
  const seen = foldLog(
    NO_LOG,
    Array.from({ length: 20_100 }, (_, n) => log(n + 1, "x")),
  );
  expect(seen.sections[0]?.lines).toHaveLength(20_000);
});

test("messages that are none are passed over", () => {
  for (const text of ["", "null", "3", "[]", '{"seq":1}', '{"seq":1,"kind":"new","data":{}}'])
    expect(parseMessage(text)).toBeUndefined();
  expect(parseMessage('{"seq":1,"kind":"log","data":{"text":"x"}}')).toEqual(log(1, "x"));
});
