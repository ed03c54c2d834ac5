// Starts the agent alone, hands in an expense that is asked about, and exits non-zero when the report is not what it
// should be.
import assert from "node:assert/strict";
import { serve } from "@berth/sdk";
import { createAgentClient, skillMessage, textMessage } from "@berth/sdk/client";
import type { SendMessageResponse, Task } from "@berth/sdk/client";
import agent from "./src/agent.ts";

const giveUp = setTimeout(() => {
  console.error("expense-desk: not done within 20 s");
  process.exit(1);
}, 20_000);

const running = await serve(agent, { listen: { port: 0 } });
const client = createAgentClient({ url: running.url });

const small = taskOf(await client.send({ message: skillMessage("submit", { what: "Tea", amount: 3 }) }));
assert.equal(small.status.state, "TASK_STATE_COMPLETED");
const large = taskOf(await client.send({ message: skillMessage("submit", { what: "Chair", amount: 300 }) }));
assert.equal(large.status.state, "TASK_STATE_INPUT_REQUIRED");
const answered = taskOf(await client.send({ message: textMessage("My back", { taskId: large.id }) }));
assert.deepEqual(outputOf(answered), { accepted: true, what: "Chair", amount: 300, reason: "My back" });

let pieces = 0;
for await (const frame of client.stream({ message: skillMessage("report", { month: "2026-11" }) })) {
  if ("artifactUpdate" in frame && frame.artifactUpdate.artifact.name === "report.md") pieces += 1;
}
assert.equal(pieces, 4);

await running.close();
clearTimeout(giveUp);
console.log("expense-desk: ok");

function taskOf(answer: SendMessageResponse): Task {
  assert.ok("task" in answer, "a skill answers with a task");
  return answer.task;
}

function outputOf(task: Task): unknown {
  return task.artifacts?.find(({ artifactId }) => artifactId === "output")?.parts[0]?.data;
}
