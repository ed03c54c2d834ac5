import { DEFAULT_ORG_ID } from "@berth/protocol";
import { createInMemoryStore } from "@berth/store/memory";
import { waitFor } from "@berth/testing";
import { expect, test } from "vitest";
import { RunTimers } from "./run-timers.ts";

test("each of several moments is met, also by a timer that is early", async () => {
  const { runs } = createInMemoryStore();
  let at = Date.parse("2026-11-29T12:00:00.000Z");
  const after = (ms: number): string => new Date(at + ms).toISOString();
  let timer: { readonly ms: number; readonly call: () => void } | undefined;
  const woken: string[] = [];
  const timers = new RunTimers({
    runs,
    now: () => new Date(at),
    schedule: (ms, call) => {
      timer = { ms, call };
      return () => (timer = undefined);
    },
    wake: async ({ taskId }) => void woken.push(taskId),
    log: () => undefined,
  });
  for (const [taskId, ms] of [
    ["task_1", 1_000],
    ["task_2", 3_000],
  ] as const) {
    await runs.insert({ orgId: DEFAULT_ORG_ID, taskId, turn: "{}" });
    await runs.wakeAt(DEFAULT_ORG_ID, taskId, after(ms));
    timers.expect(after(ms));
  }
  /** The timer is over, by so much too soon. Gives what the next one is set to. */
  const pass = async (early: number): Promise<number> => {
    const { ms = 0, call = () => undefined } = timer ?? {};
    timer = undefined;
    at += ms - early;
    call();
    return await waitFor("the next look", () => timer?.ms);
  };
  expect(await pass(1)).toBe(1);
  expect(woken).toEqual([]);
  expect(await pass(0)).toBe(2_000);
  expect(woken).toEqual(["task_1"]);
  expect(await pass(0)).toBe(60_000);
  expect(woken).toEqual(["task_1", "task_2"]);
  await timers.close();
});
