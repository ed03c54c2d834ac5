import { describe, expect, test } from "vitest";
import { diffTraces, messagesText, totalsOf } from "./trace-diff.ts";
import { span } from "./spans.fixture.ts";
import { buildTree } from "./trace-tree.ts";

const chat = (prompt: string, tokens: number): { readonly attributes: Record<string, string | number> } => ({
  attributes: {
    "gen_ai.operation.name": "chat",
    "gen_ai.request.model": "small",
    "gen_ai.usage.input_tokens": tokens,
    "gen_ai.input.messages": JSON.stringify([{ role: "user", parts: [{ type: "text", content: prompt }] }]),
  },
});
const line = (rows: ReturnType<typeof diffTraces>): readonly string[] =>
  rows.map(({ kind, depth, before, after, changes }) =>
    [kind, depth, before?.name ?? after?.name, ...changes].join(" "),
  );

describe("two traces laid over each other", () => {
  test("belong together by structure, whatever their ids and times", () => {
    const before = buildTree([
      span("1", 0, 9, undefined, { name: "run" }),
      span("2", 1, 2, "1", { name: "step" }),
      span("3", 3, 4, "1", { name: "step" }),
    ]);
    const after = buildTree([
      span("7", 50, 99, undefined, { name: "run" }),
      span("8", 51, 60, "7", { name: "step" }),
      span("9", 70, 80, "7", { name: "step" }),
    ]);
    expect(line(diffTraces(before, after))).toEqual(["same 0 run", "same 1 step", "same 1 step"]);
  });

  test("show what came, what went and what changed", () => {
    const before = buildTree([
      span("1", 0, 9, undefined, { name: "run" }),
      span("2", 1, 2, "1", { name: "old" }),
      span("3", 3, 4, "1", { name: "chat small", ...chat("hello", 5) }),
    ]);
    const after = buildTree([
      span("7", 0, 9, undefined, { name: "run", status: "error" }),
      span("8", 3, 4, "7", { name: "chat small", ...chat("good day", 7) }),
      span("9", 5, 6, "7", { name: "new" }),
      span("10", 5, 6, "9", { name: "below" }),
    ]);
    expect(line(diffTraces(before, after))).toEqual([
      "changed 0 run status",
      "removed 1 old",
      "changed 1 chat small prompt tokens",
      "added 1 new",
      "added 2 below",
    ]);
  });

  test("have totals of what models took", () => {
    expect(
      totalsOf(
        buildTree([
          span("a", 0, 50),
          span("b", 1, 2, "a", chat("x", 5)),
          span("c", 1, 2, "a", { ...chat("x", 6), status: "error" }),
        ]),
      ),
    ).toEqual({
      spans: 3,
      errors: 1,
      durationUs: 50,
      tokens: 11,
      costMicros: 0,
    });
  });

  test("have messages that read as text", () => {
    expect(messagesText([{ role: "user", parts: [{ type: "text", text: "hi" }] }])).toBe("user:\nhi");
    expect(messagesText(undefined)).toBe("");
  });
});
