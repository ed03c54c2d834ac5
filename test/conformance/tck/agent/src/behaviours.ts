import { setTimeout as sleep } from "node:timers/promises";
import type { TaskContext } from "@berth/sdk";

// oxlint-disable-next-line typescript/no-invalid-void-type -- most behaviours complete without a status message
type Behaviour = (ctx: TaskContext) => Promise<string | void>;

/** By prefix of the message id; the first that fits wins, so longer ones stand before what they begin with. */
const BEHAVIOURS: readonly (readonly [prefix: string, behaviour: Behaviour])[] = [
  ["tck-complete-task", async () => "Hello from TCK"],
  ["tck-artifact-text", (ctx) => ctx.artifact("text", "Generated text content")],
  ["tck-artifact-file-url", (ctx) => ctx.artifact("output.txt", new URL("https://example.com/output.txt"))],
  ["tck-artifact-file", (ctx) => ctx.artifact("output.txt", bytes("Generated file content"))],
  ["tck-artifact-data", (ctx) => ctx.artifact("data", { key: "value", count: 42 })],
  ["tck-message-response", async (ctx) => ctx.reply("Direct message response")],
  ["tck-input-required", askUntilTold],
  ["tck-reject-task", async (ctx) => ctx.reject("Rejected as asked.")],
  ["tck-stream-artifact-text", (ctx) => streamed(ctx, "Streamed text content")],
  ["tck-stream-artifact-file", (ctx) => streamed(ctx, bytes("Streamed file content"))],
  ["tck-stream-artifact-chunked", chunked],
  ["tck-stream-002", async () => undefined],
  ["tck-stream-", (ctx) => streamed(ctx, "Stream hello from TCK")],
  ["test-resubscribe-message-id", workFor4Seconds],
];

export function behaviourFor(messageId: string): Behaviour {
  return BEHAVIOURS.find(([prefix]) => messageId.startsWith(prefix))?.[1] ?? (async () => undefined);
}

/** The kit's multi-turn tests answer twice before they end the task; an answer's message id does not reach a run, its text does. */
async function askUntilTold(ctx: TaskContext): Promise<void> {
  let answer: string;
  do answer = await ctx.ask("What else?");
  while (answer.startsWith("TCK history message"));
}

async function streamed(ctx: TaskContext, content: string | Uint8Array): Promise<void> {
  await ctx.progress("Working.");
  await ctx.artifact(typeof content === "string" ? "text" : "output.txt", content);
}

async function chunked(ctx: TaskContext): Promise<void> {
  await ctx.progress("Working.");
  await ctx.artifact("chunked", "chunk-1 ");
  await ctx.artifact("chunked", "chunk-2", { append: true, lastChunk: true });
}

async function workFor4Seconds(ctx: TaskContext): Promise<void> {
  await ctx.progress("Working.");
  await sleep(4000, undefined, { signal: ctx.signal });
}

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
