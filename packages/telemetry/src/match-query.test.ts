import { describe, expect, it } from "vitest";
import type { LogRecord } from "./log-record.ts";
import { matchesLog, matchesSpan } from "./match-query.ts";
import { parseQuery } from "./parse-query.ts";
import type { SpanRecord } from "./span.ts";

const nowUs = 1_790_000_000_000_000;

const LOG: LogRecord = {
  source: "stdout",
  agent: "planner",
  release: "rel_1",
  instanceId: "ins_1",
  taskId: "tsk_9",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  atUs: nowUs - 1_000_000,
  severity: 17,
  body: "Café order 42 failed --> retry",
  attributes: {
    "http.route": "/a|b*",
    size: 2_048,
    ok: true,
    tags: ["x", "y"],
    nested: { a: 1 },
    "gen_ai.tool.name": "search",
  },
  resource: { "service.name": "planner-svc", env: "prod", size: 1 },
};

const SPAN: SpanRecord = {
  source: "agent",
  agent: "planner",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  name: "chat gpt-5",
  kind: "client",
  startUs: nowUs,
  endUs: nowUs + 2_500_000,
  status: "error",
  statusMessage: "Rate limited",
  attributes: { "gen_ai.operation.name": "chat", "gen_ai.request.model": "gpt-5", "llm.cost.total": 0.07 },
};

describe("a log line", () => {
  it.each([
    ["", true],
    ["cafe ORDER", true],
    ["orders", false],
    ['"order 42"', true],
    ['"Order 42"', false],
    ["-->", false],
    ['"-->"', true],
    ["/order \\d+ (?:failed|lost)/", true],
    ["/^order/", false],
    ["level:error", true],
    ["level:warn|error", true],
    ["level:>=warn", true],
    ["level:>error", false],
    ["level:<fatal", true],
    ["level:e*", true],
    ["agent:planner release:rel_1 instance:ins_1 task:tsk_9 source:stdout", true],
    ["agent:plan*", true],
    ["agent:Planner", false],
    ["trace:0af7* span:b7ad6b7169203331", true],
    ["service:planner-svc env:prod", true],
    ["tool:search", true],
    ['http.route:"/a|b*"', true],
    ['http.route:"/a|b"', false],
    ["size:2048", true],
    ["size:>=2kib", true],
    ["size:<2kb", false],
    ["size:1", false],
    ["ok:true", true],
    ["tags:y", true],
    ["nested:*", false],
    ["tags:*", true],
    ["absent:*", false],
    ["-absent:x", true],
    ["-agent:planner", false],
    ["-noise", true],
    ["dur:>1us", false],
    ["-dur:>1us", true],
    ["constructor:*", false],
    ["since:5s", true],
    ["since:500ms", false],
    ["until:500ms", true],
    ["until:1s", false],
  ])("is found by %s: %s", (text, expected) => {
    expect(matchesLog(parseQuery(text, { nowUs }), LOG)).toBe(expected);
  });
});

describe("a span", () => {
  it.each([
    ["chat limited", true],
    ["name:chat*", true],
    ["kind:llm model:gpt-5 status:error level:error", true],
    ["kind:tool", false],
    ["dur:>2s dur:<=2500ms", true],
    ["dur:>3s", false],
    ["cost:>0.05", true],
    ["cost:>0.07", false],
    ["cost:>=0.07", true],
    ["agent:planner -agent:critic", true],
    ["gen_ai.operation.name:chat", true],
  ])("is found by %s: %s", (text, expected) => {
    expect(matchesSpan(parseQuery(text, { nowUs }), SPAN)).toBe(expected);
  });

  it("that has not ended has no duration", () => {
    const { endUs: _, ...open } = SPAN;
    expect(matchesSpan(parseQuery("dur:>1us", { nowUs }), open)).toBe(false);
  });
});

it("is answered at once for a pattern that backtracking would never end with", () => {
  const query = parseQuery("/^(a+)+$/ /(a|a)*b/", { nowUs });
  expect(matchesLog(query, { ...LOG, body: `${"a".repeat(100_000)}!` })).toBe(false);
});
