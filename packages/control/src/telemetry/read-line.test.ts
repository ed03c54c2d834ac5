import { expect, test } from "vitest";
import { readLine } from "./read-line.ts";

test("the SDK's line is taken apart: message, level, fields, task and place in the trace", () => {
  const [traceId, spanId] = ["1".repeat(32), "2".repeat(16)];
  const line = {
    at: "2026-11-29T12:00:00Z",
    level: "error",
    message: "no",
    taskId: "tsk_1",
    skill: "go",
    traceId,
    spanId,
    n: 1,
  };
  expect(readLine(JSON.stringify(line), "stdout")).toEqual({
    severity: 17,
    body: "no",
    attributes: { skill: "go", n: 1 },
    traceId,
    spanId,
    taskId: "tsk_1",
  });
});

test.each([
  ["pino", { level: 40, time: 1, msg: "careful" }, 13, "careful"],
  ["winston", { level: "debug", message: "small" }, 5, "small"],
  ["python-json-logger", { levelname: "CRITICAL", message: "gone" }, 21, "gone"],
  ["structlog", { event: "done", level: "warning" }, 13, "done"],
  ["one without a level", { msg: "plain" }, 9, "plain"],
])("so is the line of %s", (_name, line, severity, body) => {
  expect(readLine(JSON.stringify(line), "stdout")).toMatchObject({ severity, body });
});

test.each(["plain text", "{ not json }", '{"no":"message"}', "[1]", "\u001b[31mred\u001b[0m"])(
  "%s stays as it is",
  (text) => {
    expect(readLine(text, "stdout")).toEqual({ severity: 9, body: text, attributes: {} });
    expect(readLine(text, "stderr").severity).toBe(13);
  },
);

test("ids that are none are left out", () => {
  const line = { message: "x", traceId: "0".repeat(32), spanId: "hello" };
  expect(readLine(JSON.stringify(line), "stdout")).toEqual({ severity: 9, body: "x", attributes: {} });
});
