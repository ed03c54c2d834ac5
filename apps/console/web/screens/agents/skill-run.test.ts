import { expect, test } from "vitest";
import { NEW_RUN, foldRun, joinedParts } from "./skill-run.ts";
import type { SkillRun } from "./skill-run.ts";

function run(...frames: readonly (readonly [string, unknown])[]): SkillRun {
  return frames.reduce(
    (before, [event, data]) => foldRun(before, { event, data: typeof data === "string" ? data : JSON.stringify(data) }),
    NEW_RUN,
  );
}
const message = (text: string) => ({ messageId: "m", role: "ROLE_AGENT", parts: [{ text }] });
const artifact = (text: string) => ({ artifactId: "a", parts: [{ text }] });

test("puts pieces of an artifact together and keeps what was said on the way", () => {
  const seen = run(
    ["message", { task: { id: "task_1", contextId: "ctx_1", status: { state: "TASK_STATE_SUBMITTED" } } }],
    [
      "message",
      { statusUpdate: { taskId: "task_1", status: { state: "TASK_STATE_WORKING", message: message("Half way") } } },
    ],
    ["message", { artifactUpdate: { artifact: artifact("one "), append: false } }],
    ["message", { artifactUpdate: { artifact: artifact("two"), append: true } }],
  );
  expect(seen).toMatchObject({ taskId: "task_1", state: "TASK_STATE_WORKING", said: ["Half way"], isDone: false });
  expect(joinedParts(seen.artifacts[0]?.parts ?? [])).toEqual([{ text: "one two" }]);
  const done = foldRun(seen, {
    event: "result",
    data: JSON.stringify({
      taskId: "task_1",
      state: "TASK_STATE_COMPLETED",
      output: { n: 1 },
      receiptId: "rcpt_1",
      artifacts: [artifact("x")],
    }),
  });
  expect(done).toMatchObject({ isDone: true, output: { n: 1 }, receiptId: "rcpt_1", state: "TASK_STATE_COMPLETED" });
});

test("an error ends it, and what it cannot read changes nothing", () => {
  expect(run(["error", { reason: "AGENT_CRASHED", detail: "It crashed." }])).toMatchObject({
    isDone: true,
    problem: { message: "It crashed.", reason: "AGENT_CRASHED" },
  });
  const odd = [
    "{",
    "null",
    "[]",
    '{"task":3}',
    '{"statusUpdate":{"status":null}}',
    '{"artifactUpdate":{"artifact":{}}}',
  ];
  expect(run(...odd.map((data) => ["message", data] as const))).toEqual(NEW_RUN);
});
