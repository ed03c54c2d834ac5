import { expect, it } from "vitest";
import { AT_US, pointOf } from "./telemetry-samples.ts";
import type { OpenTelemetryStore } from "./telemetry-store.contract.ts";

const now = (): Date => new Date(AT_US / 1_000);

export function telemetryMetricsContract(open: OpenTelemetryStore): void {
  it("keeps points in the order of time, for their organization only", async () => {
    await using store = await open(now);
    const { metrics } = store.telemetry;
    const histogram = pointOf("latency", {
      type: "histogram",
      unit: "ms",
      temporality: "cumulative",
      startUs: AT_US - 10,
      count: 3,
      sum: 1.5,
      bounds: [1, 2],
      counts: [1, 2, 0],
      agent: "planner",
      attributes: { route: "/a" },
      resource: { "service.name": "planner" },
    });
    const sum = pointOf("requests", { type: "sum", monotonic: true, atUs: AT_US - 5 });
    await metrics.append("org_1", [pointOf("requests", { type: "sum", agent: "planner" }), histogram, sum]);
    await metrics.append("org_2", [pointOf("theirs")]);
    const range = { fromUs: AT_US - 100, toUs: AT_US + 1, limit: 10 };
    expect(await metrics.points("org_1", { name: "latency", ...range })).toEqual([histogram]);
    expect(await metrics.points("org_1", { name: "requests", ...range })).toEqual([
      sum,
      pointOf("requests", { type: "sum", agent: "planner" }),
    ]);
    expect(await metrics.points("org_1", { name: "requests", ...range, limit: 1 })).toEqual([sum]);
    expect(await metrics.points("org_1", { name: "requests", ...range, agent: "planner" })).toHaveLength(1);
    expect(await metrics.points("org_1", { name: "requests", ...range, toUs: AT_US })).toEqual([sum]);
    expect(await metrics.points("org_1", { name: "theirs", ...range })).toEqual([]);
    expect(await metrics.points("org_1", { name: "\u0000", ...range })).toEqual([]);
  });

  it("names the metrics of the last day, each agent's own", async () => {
    await using store = await open(now);
    const { metrics } = store.telemetry;
    await metrics.append("org_1", [
      pointOf("b", { agent: "planner" }),
      pointOf("b", { agent: "planner", atUs: AT_US - 5 }),
      pointOf("b"),
      pointOf("a", { unit: "s", type: "sum" }),
      pointOf("old", { atUs: AT_US - 2 * 86_400_000_000 }),
    ]);
    expect(await metrics.names("org_1")).toEqual([
      { name: "a", unit: "s", type: "sum" },
      { name: "b", unit: "1", type: "gauge" },
      { name: "b", unit: "1", type: "gauge", agent: "planner" },
    ]);
    expect(await metrics.names("org_2")).toEqual([]);
  });
}
