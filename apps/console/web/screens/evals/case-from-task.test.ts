import { expect, test } from "vitest";
import type { Task } from "../../api/types.ts";
import { caseFromTask } from "./case-from-task.ts";

const TASK: Task = {
  id: "task_01ABCDEFGHJKMNPQ",
  contextId: "c",
  status: { state: "TASK_STATE_COMPLETED" },
  history: [{ messageId: "m", role: "ROLE_USER", parts: [{ data: { csv: "a\n1\n" } }] }],
  artifacts: [
    { artifactId: "1", name: "report.md", parts: [{ text: "# report" }] },
    { artifactId: "2", name: "output", parts: [{ data: { rows: 1 } }] },
  ],
};

test("is the input and the skill's output, in the form of a suite's case", () => {
  expect(caseFromTask(TASK)).toEqual({
    id: "from-task-ghjkmnpq",
    input: { csv: "a\n1\n" },
    expected: { rows: 1 },
    scorers: [{ type: "exact" }],
  });
});

test("takes the text where there is no data, and nothing where there is no result", () => {
  const { artifacts: _artifacts, ...without } = TASK;
  const reply = { messageId: "r", role: "ROLE_AGENT", parts: [{ text: "Hel" }, { text: "lo" }] } as const;
  expect(caseFromTask({ ...without, status: { state: "TASK_STATE_COMPLETED", message: reply } })).toMatchObject({
    expected: "Hello",
  });
  expect(caseFromTask(without)).toBeUndefined();
});
