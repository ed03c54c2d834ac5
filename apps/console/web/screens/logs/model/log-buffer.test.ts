import { describe, expect, test } from "vitest";
import { LogBuffer } from "./log-buffer.ts";
import { line } from "./log.fixture.ts";

const lines = (from: number, count: number): ReturnType<typeof line>[] =>
  Array.from({ length: count }, (_, n) => line(from + n));
const ids = (buffer: LogBuffer): (number | string | undefined)[] =>
  Array.from({ length: buffer.length }, (_, index) => buffer.at(index)?.log?.id ?? `gap ${buffer.at(index)?.skipped}`);

describe("the buffer of a tail", () => {
  test("keeps the newest and counts what fell off", () => {
    const buffer = new LogBuffer(3);
    buffer.append(lines(1, 5));
    expect(ids(buffer)).toEqual([3, 4, 5]);
    expect(buffer.forgotten).toBe(2);
    expect(buffer.firstId).toBe(3);
  });

  test("passes over what it has, as after a new connection", () => {
    const buffer = new LogBuffer(10);
    buffer.append(lines(1, 3));
    expect(buffer.append(lines(2, 3))).toBe(1);
    expect(ids(buffer)).toEqual([1, 2, 3, 4]);
  });

  test("shows where lines are missing", () => {
    const buffer = new LogBuffer(10);
    buffer.append(lines(1, 1));
    buffer.gap(7);
    buffer.append(lines(9, 1));
    expect(ids(buffer)).toEqual([1, "gap 7", 9]);
  });

  test("takes older lines at the top as long as there is room, and each keeps its number", () => {
    const buffer = new LogBuffer(4);
    buffer.append(lines(10, 2));
    const seq = buffer.at(0)?.seq;
    expect(buffer.prepend(lines(5, 3))).toBe(2);
    expect(ids(buffer)).toEqual([6, 7, 10, 11]);
    expect(buffer.at(2)?.seq).toBe(seq);
    expect(new Set(ids(buffer).map((_, index) => buffer.at(index)?.seq)).size).toBe(4);
    expect(buffer.indexOfId(7)).toBe(1);
    expect(buffer.indexOfId(8)).toBe(-1);
  });

  test("stays in order over many rounds", () => {
    const buffer = new LogBuffer(100);
    for (let round = 0; round < 50; round += 1) buffer.append(lines(round * 30 + 1, 30));
    expect(ids(buffer)).toEqual(Array.from({ length: 100 }, (_, n) => 1_401 + n));
  });
});
