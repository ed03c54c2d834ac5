import { setTimeout as pause } from "node:timers/promises";
import { expect, test } from "vitest";
import { ServiceError, StepFailedError } from "../../context.ts";
import type { Journal, KeptStep, StepWrite } from "./journal.ts";
import { Replay } from "./replay.ts";

interface Kept extends Journal {
  readonly writes: StepWrite[];
}

function journal(entries: readonly KeptStep[] = [], change: Partial<Journal> = {}): Kept {
  const writes: StepWrite[] = [];
  return {
    writes,
    execution: 2,
    canceling: false,
    suspends: true,
    find: (key) => entries.find((entry) => entry.key === key),
    at: (position) => entries.find((entry) => entry.position === position),
    answer: () => undefined,
    shown: () => 0,
    write: async (step) => {
      writes.push(step);
      return { until: "2036-01-01T00:00:00.000Z" };
    },
    ...change,
  };
}

function replayOf(kept: Journal): { readonly replay: Replay; readonly waits: string[]; readonly ends: string[] } {
  const waits: string[] = [];
  const ends: string[] = [];
  const replay = new Replay({
    journal: kept,
    signal: new AbortController().signal,
    suspend: (keys) => void waits.push(...keys),
    abandon: () => void ends.push("abandoned"),
    addUsage: () => undefined,
  });
  return { replay, waits, ends };
}

const done = (key: string, position: number, result: string): KeptStep => ({
  key,
  position,
  phase: "done",
  attempts: 1,
  failures: 0,
  result,
});

test("a step that is in the journal is given and not done again, the next one is done and written down", async () => {
  const kept = journal([done("step:a#1", 1, "then")]);
  const { replay } = replayOf(kept);
  expect(await replay.step("a", () => "now", {})).toBe("then");
  expect(await replay.step("a", () => ({ at: new Date(0) }), {})).toEqual({ at: "1970-01-01T00:00:00.000Z" });
  expect(kept.writes.map(({ key, phase, position }) => [key, phase, position])).toEqual([
    ["step:a#2", "started", 2],
    ["step:a#2", "done", 2],
  ]);
});

test("another step in the place of one that was is a mismatch, and nothing more is done", async () => {
  const kept = journal([done("step:a#1", 1, "then")]);
  const { replay } = replayOf(kept);
  void replay.step("b", () => "now", {});
  const error = await replay.stopped.catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ServiceError);
  expect(String(error)).toContain('operation 1 of this run was "step:a#1" and is now "step:b#1"');
  expect(kept.writes).toEqual([]);
});

test("a step that fails is tried as often as it says, and its last failure is the same in every execution", async () => {
  const kept = journal();
  const { replay } = replayOf(kept);
  const attempts: number[] = [];
  const failing = replay.step(
    "flaky",
    ({ attempt }) => {
      attempts.push(attempt);
      throw new Error("no luck");
    },
    { retry: { attempts: 3, backoffSeconds: 0 } },
  );
  await expect(failing).rejects.toThrow(new StepFailedError("flaky", "no luck"));
  expect(attempts).toEqual([1, 2, 3]);
  const last = { key: "step:flaky#1", position: 1, phase: "failed", attempts: 3, failures: 3 } as const;
  const again = replayOf(journal([{ ...last, error: "no luck", final: true }])).replay;
  await expect(again.step("flaky", () => "luck", {})).rejects.toThrow(new StepFailedError("flaky", "no luck"));
});

test("an execution is suspended when nothing but waiting is under way", async () => {
  const { replay, waits } = replayOf(journal());
  void replay.sleep({ inSeconds: 3_600 });
  const working = replay.step("slow", async () => await pause(20, "done"), {});
  expect(await working).toBe("done");
  expect(waits).toEqual([]);
  await replay.over;
  expect(waits).toEqual(["sleep#1"]);
});

test("inside of a step there are no others", async () => {
  const { replay } = replayOf(journal());
  const nested = replay.step("outer", async () => await replay.step("inner", () => 1, {}), {});
  await expect(nested).rejects.toThrow("inside of it there are no steps");
});

test("an execution whose place another one has taken ends without a word", async () => {
  const write = async (): Promise<never> => {
    throw new ServiceError("RUN_SUPERSEDED", "over");
  };
  const { replay, ends } = replayOf(journal([], { write }));
  void replay.step("late", () => 1, {});
  await replay.over;
  expect(ends).toEqual(["abandoned"]);
});

test("a canceled run undoes what its steps did, the last first, and begins nothing new", async () => {
  const kept = journal([done("step:a#1", 1, "A"), done("step:b#1", 2, "B")], { canceling: true });
  const { replay } = replayOf(kept);
  const undone: string[] = [];
  const compensate = (result: string): void => void undone.push(result);
  const running = (async () => {
    await replay.step("a", () => "now", { compensate });
    await replay.step("b", () => "now", { compensate });
    await replay.step("c", () => undone.push("never"), {});
  })();
  await expect(Promise.race([running, replay.stopped])).rejects.toThrow("canceled");
  await replay.compensate(() => undefined);
  expect(undone).toEqual(["B", "A"]);
  expect(kept.writes.filter(({ phase }) => phase === "done").map(({ key }) => key)).toEqual([
    "compensation:step:b#1",
    "compensation:step:a#1",
  ]);
});
