import { TaskState } from "@berth/protocol";
import { expect, test } from "vitest";
import { RunClock } from "./run-clock.ts";

const at = (seconds: number): string => new Date(Date.UTC(2026, 10, 29) + seconds * 1_000).toISOString();

function clockOf(...moves: readonly (readonly [number, TaskState])[]): RunClock {
  const clock = new RunClock(at(0));
  for (const [seconds, state] of moves) {
    clock.see({ at: at(seconds), body: { kind: "status", status: { state, timestamp: at(seconds) } } });
  }
  return clock;
}

test("the time of a run is that from acceptance to its end", () => {
  expect(clockOf([1, TaskState.Working]).elapsedMs(at(5))).toBe(5_000);
});

test("what it waits for its caller is not its time", () => {
  const { InputRequired, AuthRequired, Working } = TaskState;
  expect(clockOf([2, InputRequired], [10, Working]).elapsedMs(at(13))).toBe(5_000);
  expect(clockOf([2, InputRequired], [4, AuthRequired], [10, Working]).elapsedMs(at(13))).toBe(5_000);
  expect(clockOf([2, InputRequired]).elapsedMs(at(60))).toBe(2_000);
});

test("a clock that was set back makes no negative time", () => {
  expect(clockOf([8, TaskState.InputRequired], [3, TaskState.Working]).elapsedMs(at(-5))).toBe(0);
});
