// Starts the agent alone, lets it write a report, and exits non-zero when that is not what was asked for.
import assert from "node:assert/strict";
import { serve } from "@berth/sdk";
import { createAgentClient, skillMessage, textMessage } from "@berth/sdk/client";
import type { SendMessageResponse, Task } from "@berth/sdk/client";
import agent from "./src/agent.ts";

const giveUp = setTimeout(() => {
  console.error("slow-report: not done within 20 s");
  process.exit(1);
}, 20_000);

const running = await serve(agent, { listen: { port: 0 } });
const client = createAgentClient({ url: running.url });
const asked = taskOf(
  await client.send({ message: skillMessage("write", { parts: ["Sales", "Costs"], pauseSeconds: 1 }) }),
);
assert.equal(asked.status.state, "TASK_STATE_INPUT_REQUIRED");
const done = taskOf(await client.send({ message: textMessage("Autumn", { taskId: asked.id }) }));
assert.equal(done.status.state, "TASK_STATE_COMPLETED");
const report = done.artifacts?.find(({ name }) => name === "report.md")?.parts[0]?.text ?? "";
assert.match(report, /^# Autumn\n\n## Sales[\s\S]+## Costs/);

await running.close();
clearTimeout(giveUp);
console.log("slow-report: ok");

function taskOf(answer: SendMessageResponse): Task {
  assert.ok("task" in answer, "a durable skill answers with a task");
  return answer.task;
}
