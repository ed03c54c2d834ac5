// Starts the agent alone, drives it through its states, and exits non-zero when one is wrong.
import assert from "node:assert/strict";
import { serve } from "@berth/sdk";
import { createAgentClient, skillMessage, textMessage } from "@berth/sdk/client";
import agent from "./src/agent.ts";

const giveUp = setTimeout(() => {
  console.error("echo: not done within 20 s");
  process.exit(1);
}, 20_000);

const running = await serve(agent, { listen: { port: 0 } });
const client = createAgentClient({ url: running.url });

async function stateAfter(skill: string, input: object = {}): Promise<string> {
  const answer = await client.send({ message: skillMessage(skill, { ...input }) });
  return "task" in answer ? answer.task.status.state : "message";
}

const plain = await client.send({ message: textMessage("hello") });
assert.ok("task" in plain);
assert.deepEqual(plain.task.artifacts?.[0]?.parts[0]?.data, { text: "hello" });

assert.equal(await stateAfter("echo", { text: "hello" }), "TASK_STATE_COMPLETED");
assert.equal(await stateAfter("echo", { text: 1 }), "TASK_STATE_REJECTED");
assert.equal(await stateAfter("fail"), "TASK_STATE_FAILED");
assert.equal(await stateAfter("reject"), "TASK_STATE_REJECTED");
assert.equal(await stateAfter("auth"), "TASK_STATE_AUTH_REQUIRED");
assert.equal(await stateAfter("reply"), "message");
assert.equal(await stateAfter("big", { bytes: 100_000 }), "TASK_STATE_COMPLETED");

const question = await client.send({ message: skillMessage("ask", {}) });
assert.ok("task" in question);
assert.equal(question.task.status.state, "TASK_STATE_INPUT_REQUIRED");
const answered = await client.send({ message: textMessage("Ada", { taskId: question.task.id }) });
assert.ok("task" in answered);
assert.deepEqual(answered.task.artifacts?.[0]?.parts[0]?.data, { answer: "Ada" });

let chunks = "";
for await (const frame of client.stream({ message: skillMessage("stream", { count: 5 }) })) {
  if ("artifactUpdate" in frame && frame.artifactUpdate.artifact.name === "chunks.txt") {
    chunks += frame.artifactUpdate.artifact.parts[0]?.text ?? "";
  }
}
assert.equal(chunks, "chunk 1\nchunk 2\nchunk 3\nchunk 4\nchunk 5\n");

const hanging = await client.send({
  message: skillMessage("hang", {}),
  configuration: { returnImmediately: true },
});
assert.ok("task" in hanging);
assert.equal((await client.cancel(hanging.task.id)).status.state, "TASK_STATE_CANCELED");

await running.close();
clearTimeout(giveUp);
console.log("echo: ok");
