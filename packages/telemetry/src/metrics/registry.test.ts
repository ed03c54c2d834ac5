import { describe, expect, it } from "vitest";
import { createRegistry } from "./registry.ts";

interface Parsed {
  readonly type: string;
  readonly help: string;
  readonly samples: Readonly<Record<string, number>>;
}

/** Prometheus' own grammar for the text format 0.0.4: what does not fit it is an error. */
function parseText(text: string): Readonly<Record<string, Parsed>> {
  const families: Record<string, { type: string; help: string; samples: Record<string, number> }> = {};
  let family: { type: string; help: string; samples: Record<string, number> } | undefined;
  expect(text.endsWith("\n")).toBe(true);
  for (const line of text.trimEnd().split("\n")) {
    const [, keyword, name = "", rest = ""] = /^# (HELP|TYPE) ([a-zA-Z_:][\w:]*) (.*)$/.exec(line) ?? [];
    if (keyword === "HELP") family = families[name] = { type: "", help: rest, samples: {} };
    else if (keyword === "TYPE" && family !== undefined) family.type = rest;
    else {
      const [, sample = "", labels = "", value = ""] =
        /^([a-zA-Z_:][\w:]*)(\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*",?)*\})? (\S+)$/.exec(line) ?? [];
      expect([line, sample]).not.toEqual([line, ""]);
      if (family !== undefined)
        family.samples[sample + labels] = value === "+Inf" ? Infinity : value === "-Inf" ? -Infinity : Number(value);
    }
  }
  return families;
}

describe("the platform's metrics", () => {
  it("are what was counted, in Prometheus' text", () => {
    const registry = createRegistry();
    const calls = registry.counter({ name: "berth_calls_total", help: "Calls.", labels: ["agent", "code"] });
    calls.add(2, { agent: "planner", code: "ok" });
    calls.add(1, { agent: "planner", code: "ok", unknown: "x" });
    calls.add(-5, { agent: "planner", code: "ok" });
    registry.counter({ name: "berth_dropped_total", help: "Dropped." });
    registry.gauge({ name: "berth_heap_bytes", help: "Heap." }, () => 1.5e9);
    registry.gauge({ name: "berth_queue", help: "Queued.", labels: ["queue"] }, () => [
      { labels: { queue: "spans" }, value: 7 },
    ]);
    const open = registry.gauge({ name: "berth_open", help: "Open." });
    open.set(Infinity);
    expect(parseText(registry.render())).toEqual({
      berth_calls_total: {
        type: "counter",
        help: "Calls.",
        samples: { 'berth_calls_total{agent="planner",code="ok"}': 3 },
      },
      berth_dropped_total: { type: "counter", help: "Dropped.", samples: { berth_dropped_total: 0 } },
      berth_heap_bytes: { type: "gauge", help: "Heap.", samples: { berth_heap_bytes: 1.5e9 } },
      berth_queue: { type: "gauge", help: "Queued.", samples: { 'berth_queue{queue="spans"}': 7 } },
      berth_open: { type: "gauge", help: "Open.", samples: { berth_open: Infinity } },
    });
  });

  it("have histograms whose buckets add up", () => {
    const registry = createRegistry();
    const seconds = registry.histogram({ name: "berth_seconds", help: "Took.", labels: ["route"], buckets: [0.1, 1] });
    for (const value of [0.05, 0.1, 0.5, 3]) seconds.observe(value, { route: "/a" });
    expect(parseText(registry.render())["berth_seconds"]?.samples).toEqual({
      'berth_seconds_bucket{route="/a",le="0.1"}': 2,
      'berth_seconds_bucket{route="/a",le="1"}': 3,
      'berth_seconds_bucket{route="/a",le="+Inf"}': 4,
      'berth_seconds_sum{route="/a"}': 3.65,
      'berth_seconds_count{route="/a"}': 4,
    });
  });

  it("say anything in a label or a help text, and nothing between the lines", () => {
    const registry = createRegistry();
    const hostile = 'a"b\\c\nd 1\n# TYPE x counter';
    registry.counter({ name: "berth_x_total", help: "One\\two\nthree", labels: ["l"] }).add(1, { l: hostile });
    expect(parseText(registry.render())).toEqual({
      berth_x_total: {
        type: "counter",
        help: "One\\\\two\\nthree",
        samples: { 'berth_x_total{l="a\\"b\\\\c\\nd 1\\n# TYPE x counter"}': 1 },
      },
    });
  });

  it("hold a bounded number of series: what comes behind is counted together", () => {
    const registry = createRegistry();
    const calls = registry.counter({ name: "berth_calls_total", help: "Calls.", labels: ["agent"], maxSeries: 3 });
    for (let n = 0; n < 1_000; n++) calls.add(1, { agent: `a${n}` });
    const samples = parseText(registry.render())["berth_calls_total"]?.samples;
    expect(Object.keys(samples ?? {})).toHaveLength(4);
    expect(samples?.['berth_calls_total{agent="other"}']).toBe(997);
  });

  it("are asked for what is counted elsewhere, as many series as there may be", () => {
    const registry = createRegistry();
    const samples = Array.from({ length: 5 }, (_, n) => ({ labels: { to: `d${n}` }, value: n }));
    registry.counter({ name: "berth_sent_total", help: "Sent.", labels: ["to"], maxSeries: 2 }, () => samples);
    expect(parseText(registry.render())["berth_sent_total"]).toMatchObject({
      type: "counter",
      samples: { 'berth_sent_total{to="d0"}': 0, 'berth_sent_total{to="d1"}': 1 },
    });
    samples.length = 0;
    expect(parseText(registry.render())["berth_sent_total"]?.samples).toEqual({});
  });

  it("have names that Prometheus takes, each once", () => {
    const registry = createRegistry();
    registry.counter({ name: "a", help: "" });
    for (const options of [
      { name: "a" },
      { name: "1a" },
      { name: "a-b" },
      { name: "b", labels: ["le"] },
      { name: "c", labels: ["__x"] },
    ])
      expect(() => registry.counter({ help: "", ...options })).toThrow(options.name);
  });
});
