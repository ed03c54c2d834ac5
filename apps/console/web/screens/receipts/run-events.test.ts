import { describe, expect, it } from "vitest";
import { readRunEvents } from "./run-events.ts";

const event = (seq: number, body: object) => ({ seq, event: { taskId: "task_1", seq, at: "", body } as never });

describe("readRunEvents", () => {
  it("counts kinds, lists files, and adds up connections and model calls", () => {
    const read = readRunEvents([
      event(1, { kind: "accepted" }),
      event(2, { kind: "file", op: "read", path: "a.csv", outcome: "ok", bytes: 3, digest: "sha256:x" }),
      event(3, { kind: "egress", host: "a.example", port: 443, decision: "allowed" }),
      event(4, { kind: "egress", host: "a.example", port: 443, decision: "allowed" }),
      event(5, { kind: "egress", host: "a.example", port: 443, decision: "denied" }),
      event(6, { kind: "model", model: "m/1", inputTokens: 5, outputTokens: 1, costMicros: 7 }),
      event(7, { kind: "model", model: "m/1", inputTokens: 5, outputTokens: 1 }),
    ]);
    expect(read.kinds[0]).toEqual({ kind: "egress", count: 3 });
    expect(read.files).toEqual([{ seq: 2, op: "read", path: "a.csv", outcome: "ok", bytes: 3, digest: "sha256:x" }]);
    expect(read.connections.map(({ decision, count }) => [decision, count])).toEqual([
      ["allowed", 2],
      ["denied", 1],
    ]);
    expect(read.models).toEqual([{ model: "m/1", calls: 2, inputTokens: 10, outputTokens: 2, costMicros: 7 }]);
  });

  it("takes nothing from what is no event", () => {
    expect(
      readRunEvents([
        { seq: 1, event: null },
        { seq: 2, event: { body: [1] } },
      ]).files,
    ).toEqual([]);
  });
});
