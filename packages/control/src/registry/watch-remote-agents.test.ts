import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { watchRemoteAgents } from "./watch-remote-agents.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const middle = (length: number): Uint8Array => new Uint8Array(length).fill(128);

test("cards are looked at soon after the start and then every ten minutes or so, also after a failure", async () => {
  let rounds = 0;
  const said: string[] = [];
  const refreshAll = async (): Promise<void> => {
    rounds += 1;
    if (rounds === 1) throw new Error("the store is away");
  };
  const watch = watchRemoteAgents({ refreshAll }, { randomBytes: middle, log: (line) => said.push(line) });
  await vi.advanceTimersByTimeAsync(31_000);
  expect([rounds, said.length]).toEqual([1, 1]);
  await vi.advanceTimersByTimeAsync(11 * 60_000);
  expect(rounds).toBe(2);
  await watch.close();
  await vi.advanceTimersByTimeAsync(60 * 60_000);
  expect(rounds).toBe(2);
});

test("closing ends a round that is under way and waits for it", async () => {
  let ended = false;
  const refreshAll = async (signal: AbortSignal): Promise<void> => {
    await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    ended = true;
  };
  const watch = watchRemoteAgents({ refreshAll }, { randomBytes: middle });
  await vi.advanceTimersByTimeAsync(31_000);
  await watch.close();
  expect(ended).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});
