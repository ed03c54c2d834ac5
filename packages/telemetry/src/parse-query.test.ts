import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { isPlatformError } from "@berth/protocol";
import type { Query } from "./query.ts";
import { parseQuery } from "./parse-query.ts";
import { printQuery } from "./print-query.ts";

const nowUs = Date.parse("2026-11-29T12:00:00Z") * 1_000;
const parse = (text: string): Query => parseQuery(text, { nowUs });

describe("a query", () => {
  it("is its terms, joined by AND", () => {
    const text =
      'level:error agent:planner|critic -tool:sea* dur:>2s cost:>=0.05 -noise "exact words" /reg ex/ since:15m';
    expect(parse(text)).toEqual({
      terms: [
        { type: "field", negated: false, field: "level", op: ":", values: ["error"] },
        { type: "field", negated: false, field: "agent", op: ":", values: ["planner", "critic"] },
        { type: "field", negated: true, field: "tool", op: ":", values: ["sea*"] },
        { type: "field", negated: false, field: "dur", op: ">", values: ["2s"] },
        { type: "field", negated: false, field: "cost", op: ">=", values: ["0.05"] },
        { type: "text", negated: true, text: "noise", phrase: false },
        { type: "text", negated: false, text: "exact words", phrase: true },
        { type: "regex", negated: false, source: "reg ex" },
      ],
      sinceUs: nowUs - 900_000_000,
    });
  });

  it("may be empty", () => {
    expect(parse("  ")).toEqual({ terms: [] });
  });

  it("takes for text what only looks like a field", () => {
    for (const text of ["12:30:05", "https://example.com/a", "a=b", "://"]) {
      expect(parse(text).terms).toEqual([expect.objectContaining({ type: "text", text })]);
    }
  });

  it("looks for a word without letters as it stands", () => {
    expect(parse("--> ***").terms).toEqual([
      { type: "text", negated: true, text: "->", phrase: true },
      { type: "text", negated: false, text: "***", phrase: true },
    ]);
  });

  it("takes a time or how long ago", () => {
    expect(parse("since:2h until:2026-11-29T11:30:00.5+00:00")).toEqual({
      terms: [],
      sinceUs: nowUs - 7_200_000_000,
      untilUs: nowUs - 1_799_500_000,
    });
    expect(parse("since:2026-11-29").sinceUs).toBe(Date.parse("2026-11-29") * 1_000);
  });

  it.each([
    ["levle:error", 1, "Did you mean level:?"],
    ["a level:erorr", 3, "Did you mean level:error?"],
    ["status:oK kind:lln", 11, "Did you mean kind:llm?"],
    ["dur:2s", 1, undefined],
    ["dur:>2", 1, undefined],
    ["cost:>much", 1, undefined],
    ["level:>=err*", 1, "Did you mean level:error?"],
    ["level:loud", 1, "One of trace, debug, info, warn, error, fatal."],
    ["tools:search", 1, "Did you mean tool:?"],
    ["kind:>llm", 1, undefined],
    ["agent:", 7, undefined],
    ["agent:a|", 9, undefined],
    ['agent:"a"b', 10, undefined],
    ['agent:"a', 7, undefined],
    ["agent:a\\*", 7, undefined],
    ["http.size:>1|2", 1, undefined],
    ["a - b", 3, undefined],
    ['""', 1, undefined],
    ['"open', 1, undefined],
    ["/v1/agents", 1, 'Put a path in quotes: "/v1/agents".'],
    ["/open", 1, 'Put a path in quotes: "/v1/agents".'],
    ["x /(?=a)/", 3, undefined],
    ["since:soon", 7, undefined],
    ["since:1h since:2h", 10, undefined],
    ["-since:1h", 1, undefined],
    ["a ".repeat(33), 65, undefined],
    ["a".repeat(2_001), 1, undefined],
  ])("is refused with the place and what was meant: %s", (text, position, hint) => {
    const error = errorOf(() => parse(text));
    expect(error).toMatchObject({ reason: "INVALID_PARAMS", metadata: { position: String(position) }, hint });
    expect(isPlatformError(error) && error.message).toContain(`character ${position}`);
  });

  it("prints as a text that parses to the same query", () => {
    fc.assert(
      fc.property(queryText, (text) => {
        const query = parse(text);
        const printed = printQuery(query);
        expect(parse(printed)).toEqual(query);
        expect(printQuery(parse(printed))).toBe(printed);
      }),
      { numRuns: 400 },
    );
  });

  it("either parses or is refused, whatever is typed", () => {
    const pieces = fc.constantFrom(
      '"',
      "/",
      "-",
      ":",
      "|",
      "*",
      ">",
      "<",
      "=",
      "\\",
      " ",
      "a",
      "level",
      "since",
      "é",
      "1s",
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 12 }), (typed) => {
        const text = typed.join("");
        try {
          const query = parse(text);
          expect(parse(printQuery(query))).toEqual(query);
        } catch (error) {
          expect(error).toMatchObject({ reason: "INVALID_PARAMS" });
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

const quoted = fc.string({ minLength: 1, maxLength: 12 }).map((text) => `"${text.replaceAll(/["\\]/g, "\\$&")}"`);
const plain = fc.stringMatching(/^[a-zé0-9_]{1,8}$/);
const fieldValue = fc.oneof(
  plain,
  quoted,
  plain.map((text) => `${text}*`),
  fc.constant("*"),
);
const term = fc.oneof(
  plain,
  quoted,
  fc.constantFrom(
    "/a b/",
    "/^x\\/y$/",
    "/[a-z]+/",
    "level:>=warn",
    "dur:<=1.5s",
    "cost:>0.05",
    "http.size:>10kb",
    "source:agent",
  ),
  fc
    .tuple(fc.constantFrom("agent", "task", "http.route", "env"), fc.array(fieldValue, { minLength: 1, maxLength: 3 }))
    .map(([field, values]) => `${field}:${values.join("|")}`),
);
const queryText = fc
  .tuple(
    fc.array(fc.tuple(fc.boolean(), term), { maxLength: 6 }),
    fc.constantFrom("", "since:15m", "until:2026-11-29T10:00:00.000001Z"),
  )
  .map(([terms, range]) => [...terms.map(([negated, text]) => (negated ? `-${text}` : text)), range].join(" "));

function errorOf(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
