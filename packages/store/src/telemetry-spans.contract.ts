import { matchesSpan } from "@berth/telemetry";
import type { Query, SpanRecord } from "@berth/telemetry";
import { expect, it } from "vitest";
import { ALL, AT_US, Dice, field, randomQuery, randomSpan, spanOf, traceIdOf, words } from "./telemetry-samples.ts";
import type { OpenTelemetryStore } from "./telemetry-store.contract.ts";
import type { SpanPage, SpanStore } from "./telemetry-store.ts";
import { compareSpans, summarizeTrace } from "./telemetry-trace.ts";

const now = (): Date => new Date(AT_US / 1_000);

export function telemetrySpansContract(open: OpenTelemetryStore): void {
  it("keeps a span as it came, for its organization only", async () => {
    await using store = await open(now);
    const { spans } = store.telemetry;
    const span = spanOf(1, {
      parentSpanId: "00000000000000aa",
      traceState: "a=b",
      kind: "client",
      status: "error",
      statusMessage: "connection refused",
      agent: "planner",
      release: "rel_1",
      instanceId: "ins_1",
      taskId: "task_1",
      attributes: { text: "é 😀", number: 1.5, flag: true, list: [1, "a", null], nested: { "": null, deep: { n: 1 } } },
      events: [{ name: "exception", atUs: AT_US, attributes: { "exception.type": "Error" } }],
      links: [{ traceId: traceIdOf(9), spanId: "00000000000000bb" }],
      scope: "lib/1.0",
      resource: { "service.name": "planner" },
    });
    await spans.append("org_1", [span, spanOf(2)]);
    await spans.append("org_2", [spanOf(1, { name: "theirs" })]);
    expect(await spans.trace("org_1", traceIdOf(1), 10)).toEqual([span, spanOf(2)]);
    expect(await spans.trace("org_1", traceIdOf(1), 1)).toEqual([span]);
    expect(await spans.ofTask("org_1", "task_1", 10)).toEqual([span]);
    expect(await spans.search("org_2", ALL, { limit: 10 })).toEqual([spanOf(1, { name: "theirs" })]);
    expect(await spans.searchTraces("org_2", ALL, { limit: 10 })).toMatchObject([{ rootName: "theirs", spans: 1 }]);
    expect(await spans.ofTask("org_2", "task_1", 10)).toEqual([]);
    expect(await spans.trace("org_3", traceIdOf(1), 10)).toEqual([]);
    expect(await spans.trace("org_\u0000", "\u0000", 10)).toEqual([]);
  });

  it("has a span once that was sent twice, and the end wins in any order", async () => {
    await using store = await open(now);
    const { spans } = store.telemetry;
    const { endUs, ...begun } = spanOf(1);
    const ended = { ...begun, endUs: endUs ?? 0, status: "ok" } as const;
    await spans.append("org_1", [begun]);
    expect(await spans.trace("org_1", traceIdOf(1), 10)).toEqual([begun]);
    await spans.append("org_1", [begun, { ...begun, name: "newer" }]);
    expect(await spans.trace("org_1", traceIdOf(1), 10)).toEqual([{ ...begun, name: "newer" }]);
    await Promise.all([spans.append("org_1", [ended]), spans.append("org_1", [begun])]);
    await spans.append("org_1", [begun, ended, begun]);
    expect(await spans.trace("org_1", traceIdOf(1), 10)).toEqual([ended]);
    expect(await spans.search("org_1", field("status", "ok"), { limit: 10 })).toEqual([ended]);
    expect(await spans.searchTraces("org_1", ALL, { limit: 10 })).toMatchObject([{ spans: 1, errors: 0 }]);
  });

  it("cuts what is too long, and keeps text that no database takes in a form that one does", async () => {
    await using store = await open(now);
    const { spans } = store.telemetry;
    await spans.append("org_1", [
      spanOf(1, {
        name: "a\u0000b\uD800",
        attributes: { long: "x".repeat(100_000), __proto__x: "\u0000", nan: Number.NaN },
      }),
    ]);
    const [kept] = await spans.trace("org_1", traceIdOf(1), 10);
    expect(kept).toMatchObject({ name: "a\uFFFDb\uFFFD", attributes: { __proto__x: "\uFFFD", nan: null } });
    expect(kept?.attributes["long"]).toMatch(/^x+… \[cut\]$/);
    expect(kept?.attributes["long"]).toHaveLength(65_536);
    const many = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`k${i}`, "x".repeat(1_000)]));
    await spans.append("org_1", [spanOf(2, { attributes: many })]);
    const [, second] = await spans.trace("org_1", traceIdOf(1), 10);
    expect(Object.keys(second?.attributes ?? {}).length).toBeGreaterThan(200);
    expect(JSON.stringify(second?.attributes).length).toBeLessThan(270_000);
    await expect(spans.append("org_1", [spanOf(3, { spanId: "\u0000" })])).rejects.toMatchObject({
      reason: "INVALID_PARAMS",
    });
  });

  it("takes spans whose clock is years off", async () => {
    await using store = await open(now);
    const { spans } = store.telemetry;
    const far = [AT_US - 1e15, AT_US - 9e13, AT_US, AT_US + 2e11, AT_US + 1e15].map((startUs, i) =>
      spanOf(i, { startUs, endUs: startUs + 1, agent: "planner", traceId: traceIdOf(i + 1) }),
    );
    await spans.append("org_1", far);
    const newestFirst = far.toReversed();
    expect(await spans.search("org_1", ALL, { limit: 10 })).toEqual(newestFirst);
    expect(await spans.search("org_1", field("agent", "planner"), { limit: 10 })).toEqual(newestFirst);
    expect(await spans.search("org_1", { ...field("agent", "planner"), sinceUs: AT_US }, { limit: 10 })).toEqual(
      newestFirst.slice(0, 3),
    );
    const traces = await spans.searchTraces("org_1", ALL, { limit: 10 });
    expect(traces.map(({ traceId }) => traceId)).toEqual(newestFirst.map(({ traceId }) => traceId));
  });

  it("answers each query as the matcher does", async () => {
    await using store = await open(now);
    const { spans } = store.telemetry;
    const dice = new Dice(7);
    const all = Array.from({ length: 300 }, (_, i) => randomSpan(dice, i));
    for (let i = 0; i < all.length; i += 50) await spans.append("org_1", all.slice(i, i + 50));
    const sorted = all.toSorted((a, b) => compareSpans(b, a));
    const traces = Map.groupBy(all, ({ traceId }) => traceId);
    for (let round = 0; round < 150; round++) {
      const query = randomQuery(dice);
      const expected = sorted.filter((span) => matchesSpan(query, span));
      const name = JSON.stringify(query);
      const limit = 1 + dice.below(300);
      expect(await spans.search("org_1", query, { limit }), name).toEqual(expected.slice(0, limit));
      const summaries = [...traces.values()]
        .filter((each) => each.some((span) => matchesSpan(query, span)))
        .flatMap((each) => summarizeTrace(each) ?? [])
        .toSorted((a, b) => compareSpans(b, a));
      expect(await spans.searchTraces("org_1", query, { limit: 20 }), name).toEqual(summaries);
    }
  });

  it("pages without gaps or repeats while others append", async () => {
    await using store = await open(now);
    const { spans } = store.telemetry;
    const planned = Array.from({ length: 60 }, (_, i) =>
      spanOf(i, { traceId: traceIdOf(i % 20), startUs: AT_US + (i >> 1), agent: i % 3 === 0 ? "planner" : "coder" }),
    );
    await spans.append("org_1", planned);
    const later = async (): Promise<void> => {
      const number = 1_000 + Math.trunc(performance.now() * 1_000);
      await spans.append("org_1", [spanOf(number, { traceId: traceIdOf(number), startUs: AT_US + 1e6 })]);
    };
    const newest = planned.toSorted((a, b) => compareSpans(b, a));
    const agents = field("agent", "planner");
    expect(await pagesOf(spans, { query: ALL, between: later })).toEqual(newest);
    expect(await pagesOf(spans, { query: agents, between: later })).toEqual(
      newest.filter(({ agent }) => agent === "planner"),
    );
    const traces: string[] = [];
    let before: SpanPage["before"];
    for (let page = 0; page < 20; page++) {
      const found = await spans.searchTraces("org_1", agents, {
        limit: 3,
        ...(before === undefined ? {} : { before }),
      });
      traces.push(...found.map(({ traceId }) => traceId));
      before = found.at(-1);
      await later();
      if (found.length < 3) break;
    }
    expect(traces).toEqual([...new Set(traces)]);
    expect(traces).toHaveLength(20);
  });

  it("finds what is rare among much else", async () => {
    await using store = await open(now);
    const { spans } = store.telemetry;
    const many = Array.from({ length: 2_500 }, (_, i) =>
      spanOf(i, {
        traceId: traceIdOf(1 + (i >> 2)),
        agent: i === 3 ? "rare" : "coder",
        name: i === 5 ? "odd one" : "usual",
      }),
    );
    await spans.append("org_1", many);
    expect(await spans.search("org_1", field("agent", "rare"), { limit: 5 })).toEqual([many[3]]);
    expect(await spans.search("org_1", words("ODD"), { limit: 5 })).toEqual([many[5]]);
    expect(await spans.searchTraces("org_1", words("odd"), { limit: 5 })).toMatchObject([
      { traceId: traceIdOf(2), spans: 4 },
    ]);
    expect(
      await spans.search("org_1", { terms: [{ type: "regex", negated: false, source: "^odd" }] }, { limit: 5 }),
    ).toEqual([many[5]]);
  });
}

/** Of those that were there before the first page. */
async function pagesOf(
  spans: SpanStore,
  { query, between }: { readonly query: Query; readonly between: () => Promise<void> },
): Promise<readonly SpanRecord[]> {
  const found: SpanRecord[] = [];
  let before: SpanPage["before"];
  for (let page = 0; page < 100; page++) {
    const next = await spans.search("org_1", query, { limit: 7, ...(before === undefined ? {} : { before }) });
    found.push(...next);
    before = next.at(-1);
    await between();
    if (next.length < 7) break;
  }
  return found;
}
