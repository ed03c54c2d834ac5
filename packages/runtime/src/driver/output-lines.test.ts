import { PassThrough } from "node:stream";
import { describe, expect, it, vi } from "vitest";
import { OutputLines } from "./output-lines.ts";

async function linesOf(...chunks: readonly (string | Buffer)[]): Promise<string[]> {
  const lines: string[] = [];
  const output = new OutputLines((line) => lines.push(line));
  const stream = new PassThrough();
  output.attach(stream, "stdout");
  for (const chunk of chunks) stream.write(chunk);
  stream.end();
  await new Promise((resolve) => stream.once("close", resolve));
  return lines;
}

describe("an agent's output", () => {
  it("comes in lines, whatever pieces it was written in", async () => {
    const euro = Buffer.from("€");
    expect(await linesOf("a", "b\nc", "\n\n", euro.subarray(0, 1), euro.subarray(1), "\nend")).toEqual([
      "ab",
      "c",
      "",
      "€",
      "end",
    ]);
  });

  it("cuts a line that does not end", async () => {
    const lines = await linesOf("x".repeat(40_000), "\ny\n");
    expect(lines.map((line) => line.length)).toEqual([16_384, 16_384, 7_232, 1]);
  });

  it("keeps its last 8 KB", () => {
    const output = new OutputLines(undefined);
    for (let count = 0; count < 10_000; count++) output.note(`line ${count}`, "stderr");
    expect(output.tail.length).toBeLessThanOrEqual(8192);
    expect(output.tail).toMatch(/line 9998\nline 9999$/);
    output.note("z".repeat(16_384), "stdout");
    expect(output.tail).toBe("z".repeat(8192));
  });

  it("makes an agent that prints too much wait, and reads the rest when it is gone", () => {
    vi.useFakeTimers();
    const output = new OutputLines(undefined);
    const stream = new PassThrough();
    output.attach(stream, "stdout");
    stream.emit("data", Buffer.alloc(2 * 1024 * 1024, "x"));
    expect(stream.isPaused()).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(stream.isPaused()).toBe(false);
    stream.emit("data", Buffer.from("\n".repeat(10_000)));
    expect(stream.isPaused()).toBe(true);
    output.drain();
    expect(stream.isPaused()).toBe(false);
    vi.useRealTimers();
  });
});
