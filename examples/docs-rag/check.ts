// Starts the agent alone over a copy of this repository's docs/, asks it what QUESTIONS has, and exits non-zero unless
// each answer cites the right document word for word.
import assert from "node:assert/strict";
import { cpSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { serve } from "@berth/sdk";
import { createAgentClient, skillMessage } from "@berth/sdk/client";
import { z } from "zod";
import { QUESTIONS } from "./questions.ts";
import agent from "./src/agent.ts";

const giveUp = setTimeout(() => {
  console.error("docs-rag: not done within 30 s");
  process.exit(1);
}, 30_000);

const Answer = z.object({
  answer: z.string(),
  citations: z.array(z.object({ path: z.string(), heading: z.string(), quote: z.string() })),
});

const folder = mkdtempSync(join(tmpdir(), "docs-rag-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
cpSync(fileURLToPath(new URL("../../docs", import.meta.url)), join(folder, "workspace", "docs"), { recursive: true });
process.chdir(folder);

const running = await serve(agent, { listen: { port: 0 } });
const client = createAgentClient({ url: running.url });

const indexed = z.object({ documents: z.number(), sections: z.number() }).parse(await call("index", {}));
assert.ok(indexed.documents >= 20 && indexed.sections > indexed.documents);

const wrong: string[] = [];
for (const { question, path } of QUESTIONS) {
  const { citations } = Answer.parse(await call("ask", { question }));
  for (const { path: cited, quote } of citations) {
    const text = flat(readFileSync(join("workspace", cited), "utf8"));
    for (const sentence of quote.split("…")) assert.ok(hasAll(text, flat(sentence)), `${cited} does not say: ${quote}`);
  }
  if (!citations.some((each) => each.path === path)) {
    wrong.push(`${question} ${path} is not among ${citations.map((each) => each.path).join(", ")}`);
  }
}
assert.deepEqual(wrong, []);

await running.close();
clearTimeout(giveUp);
console.log(`docs-rag: ok, ${QUESTIONS.length} questions, ${indexed.documents} documents`);

async function call(skill: string, input: { readonly [name: string]: string }): Promise<unknown> {
  const response = await client.send({ message: skillMessage(skill, input) });
  assert.ok("task" in response);
  const { task } = response;
  assert.equal(task.status.state, "TASK_STATE_COMPLETED", JSON.stringify(task.status));
  return task.artifacts?.find(({ artifactId }) => artifactId === "output")?.parts[0]?.data;
}

function flat(text: string): string {
  return text.replace(/\s+/g, " ").trim();
}

/** A quote is up to two sentences, which need not follow each other. */
function hasAll(text: string, quote: string): boolean {
  if (text.includes(quote)) return true;
  const words = quote.split(" ");
  return words.some(
    (_, i) => text.includes(words.slice(0, i).join(" ")) && i > 0 && text.includes(words.slice(i).join(" ")),
  );
}
