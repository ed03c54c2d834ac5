// Starts the agent alone, lets it summarize a file and a text, and exits non-zero when a figure is wrong.
import assert from "node:assert/strict";
import { serve } from "@berth/sdk";
import { createAgentClient, skillMessage, textMessage } from "@berth/sdk/client";
import type { SendMessageResponse, Task } from "@berth/sdk/client";
import agent from "./src/agent.ts";
import { CsvError, parseCsv } from "./src/csv.ts";

const giveUp = setTimeout(() => {
  console.error("csv-analyst: not done within 20 s");
  process.exit(1);
}, 20_000);

checkParser();
const running = await serve(agent, { listen: { port: 0 } });
const client = createAgentClient({ url: running.url });
const expected = { rows: 7, total: 1721.1, mean: 245.871429, report: "report.md" };

const named = await summarize({ path: "sales.csv", column: "amount" });
assert.deepEqual(output(named), expected);
const report = named.artifacts?.find(({ name }) => name === "report.md");
assert.match(report?.parts[0]?.text ?? "", /\| total \| 1721\.1 \|/);

const asked = await summarize({ path: "sales.csv" });
assert.equal(asked.status.state, "TASK_STATE_INPUT_REQUIRED");
const again = taskOf(await client.send({ message: textMessage("price", { taskId: asked.id }) }));
assert.equal(again.status.state, "TASK_STATE_INPUT_REQUIRED", "an answer that is no column is asked for again");
const answered = taskOf(await client.send({ message: textMessage("amount", { taskId: asked.id }) }));
assert.deepEqual(output(answered), expected);

const inline = await summarize({ csv: "name,price\na,1\nb,2.5\n" });
assert.deepEqual(output(inline), { rows: 2, total: 3.5, mean: 1.75, report: "report.md" });

assert.equal((await summarize({})).status.state, "TASK_STATE_REJECTED");
assert.equal((await summarize({ path: "../berth.json" })).status.state, "TASK_STATE_FAILED");
assert.equal((await summarize({ csv: "a,b\nx,y\n" })).status.state, "TASK_STATE_REJECTED");

await running.close();
clearTimeout(giveUp);
console.log("csv-analyst: ok");

async function summarize(input: { readonly [name: string]: string }): Promise<Task> {
  return taskOf(await client.send({ message: skillMessage("summarize", input) }));
}

function taskOf(response: SendMessageResponse): Task {
  assert.ok("task" in response);
  return response.task;
}

function output(task: Task): unknown {
  return task.artifacts?.find(({ artifactId }) => artifactId === "output")?.parts[0]?.data;
}

function checkParser(): void {
  assert.deepEqual(parseCsv('a,b\r\n"1, 2","say ""hi"""\r\n'), { columns: ["a", "b"], rows: [["1, 2", 'say "hi"']] });
  assert.deepEqual(parseCsv('a,b\n"two\nlines",\n'), { columns: ["a", "b"], rows: [["two\nlines", ""]] });
  assert.deepEqual(parseCsv("\uFEFFa\n1"), { columns: ["a"], rows: [["1"]] });
  assert.deepEqual(parseCsv("a,b\n1,"), { columns: ["a", "b"], rows: [["1", ""]] });
  for (const broken of ["", 'a\n"open', 'a\nb"c', 'a\n"b"c', "a,b\n1"]) {
    assert.throws(() => parseCsv(broken), CsvError, JSON.stringify(broken));
  }
}
