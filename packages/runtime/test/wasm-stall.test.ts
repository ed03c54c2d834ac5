import { expect, it } from "vitest";
import { AgentThread } from "../src/wasm/host/agent-thread.ts";

const STALLING = new URL("./wasm/stalling-worker.ts", import.meta.url);

it("ends a thread that does not give way, tells whose it was, and fails what waits for it", async () => {
  const thread = new AgentThread(300, STALLING);
  const ended = Promise.withResolvers<string>();
  thread.use({ onLine: () => {}, operate: () => Promise.resolve(""), onEnd: ended.resolve });
  const { result } = thread.call({ kind: "handle", json: "{}" });
  await expect(result).rejects.toMatchObject({ reason: "AGENT_CRASHED", message: "it did not give way for 0.3 s" });
  expect(await ended.promise).toMatch(/did not give way/);
  expect(thread.isOver).toBe(true);
  await expect(thread.call({ kind: "describe" }).result).rejects.toThrow("its thread ended");
});

it("leaves a thread that only waits", async () => {
  const thread = new AgentThread(300);
  let why = "";
  thread.use({ onLine: () => {}, operate: () => Promise.resolve(""), onEnd: (text) => (why = text) });
  // It has no module: said by a thread that lives, until long after the first look.
  for (const end = performance.now() + 1_200; performance.now() < end;) {
    await expect(thread.call({ kind: "describe" }).result).rejects.toThrow("No module is loaded");
  }
  expect(why).toBe("");
  await thread.terminate();
});
