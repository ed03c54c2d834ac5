import { describe, expect, it } from "vitest";
import type { Attributes } from "./attributes.ts";
import { dialects } from "./dialects.fixture.ts";
import type { SpanRecord } from "./span.ts";
import { summaryOf } from "./span-summary.ts";
import { viewOf } from "./span-view.ts";

const span = (attributes: Attributes, more: Partial<SpanRecord> = {}): SpanRecord => ({
  source: "agent",
  traceId: "0af7651916cd43dd8448eb211c80319c",
  spanId: "b7ad6b7169203331",
  name: "a span",
  kind: "client",
  startUs: 1,
  endUs: 2,
  status: "ok",
  attributes,
  ...more,
});

describe("the view of a span", () => {
  it.each(dialects)("is the same whatever dialect it was written in: $dialect", ({ attributes, events, view }) => {
    expect(viewOf(span(attributes, events === undefined ? {} : { events }))).toEqual(view);
  });

  it.each<[string, Attributes]>([
    ["agent", { "gen_ai.operation.name": "invoke_agent" }],
    ["memory", { "gen_ai.operation.name": "search_memory" }],
    ["embedding", { "gen_ai.operation.name": "embeddings" }],
    ["retriever", { "openinference.span.kind": "RERANKER" }],
    ["mcp", { "mcp.method.name": "tools/list" }],
    ["a2a", { "a2a.method.name": "SendMessage", "http.request.method": "POST" }],
    ["chain", { "ai.operationId": "ai.generateText", "ai.model.id": "m" }],
    ["llm", { "llm.model_name": "m" }],
    ["http", { "http.request.method": "GET" }],
    ["http", { "http.method": "GET" }],
    ["internal", { anything: 1 }],
  ])("is of kind %s: %j", (kind, attributes) => {
    expect(summaryOf(span(attributes)).kind).toBe(kind);
  });

  it("takes its kind from the one that says most", () => {
    const all = [
      ["berth.kind", "agent"],
      ["openinference.span.kind", "TOOL"],
      ["gen_ai.operation.name", "chat"],
      ["mcp.method.name", "tools/call"],
      ["ai.operationId", "ai.embed.doEmbed"],
      ["genkit:metadata:subtype", "retriever"],
      ["gen_ai.request.model", "m"],
    ] as const;
    const kinds = all.map((_, n) => summaryOf(span(Object.fromEntries(all.slice(n)), { source: "platform" })).kind);
    expect(kinds).toEqual(["agent", "tool", "llm", "mcp", "embedding", "retriever", "llm"]);
  });

  it("believes what is the platform's own only of the platform", () => {
    const attributes = { "berth.kind": "agent", "berth.cost.micros": 5, "llm.cost.total": 0.25 };
    expect(summaryOf(span(attributes))).toMatchObject({ kind: "internal", costMicros: 250_000, costSource: "claimed" });
    expect(summaryOf(span(attributes, { source: "platform" }))).toMatchObject({
      kind: "agent",
      costMicros: 5,
      costSource: "platform",
    });
  });

  it("says what went wrong in the words that were sent", () => {
    const failed = (more: Partial<SpanRecord>): string | undefined =>
      summaryOf(span({ "error.type": "timeout" }, { status: "error", ...more })).error;
    const events = [{ name: "exception", atUs: 1, attributes: { "exception.type": "E", "exception.message": "boom" } }];
    expect(failed({ statusMessage: "no", events })).toBe("no");
    expect(failed({ events })).toBe("boom");
    expect(failed({})).toBe("timeout");
    expect(summaryOf(span({ "error.type": "timeout" })).error).toBe(undefined);
  });

  it("shows what it cannot read as it came", () => {
    const view = viewOf(span({ "gen_ai.operation.name": "chat", "gen_ai.input.messages": "[not json" }));
    expect(view.inputMessages).toEqual([{ role: "user", parts: [{ type: "text", text: "[not json" }] }]);
    const odd = viewOf(
      span({ "gen_ai.input.messages": '[{"role":"user","parts":[{"type":"blob","data":"AA"}]},{"x":1},7]' }),
    );
    expect(odd.inputMessages).toEqual([
      { role: "user", parts: [{ type: "other", value: { type: "blob", data: "AA" } }] },
      { role: "user", parts: [{ type: "other", value: { x: 1 } }] },
      { role: "user", parts: [{ type: "text", text: "7" }] },
    ]);
  });

  it("takes keys that are flattened a thousand levels deep for none", () => {
    const key = `llm.input_messages.0.message.${"a.".repeat(1_000)}b`;
    expect(
      viewOf(span({ [key]: "x", "llm.input_messages.0.message.__proto__": "y" })).inputMessages ?? [],
    ).toHaveLength(1);
  });
});
