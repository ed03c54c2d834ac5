import { expect, it } from "vitest";
import { DAY_US } from "./telemetry-days.ts";
import { ALL, AT_US, logOf, pointOf, spanOf, traceIdOf } from "./telemetry-samples.ts";
import type { OpenTelemetryStore } from "./telemetry-store.contract.ts";
import type { Store } from "./store.ts";

/** Far above what a day of this test takes. */
const ROOMY = 1_000_000_000;

export function telemetryPruneContract(open: OpenTelemetryStore): void {
  it("drops whole days: the old ones, and the oldest while there is too much, but never the newest", async () => {
    let day = -5;
    await using store = await open(() => new Date((AT_US + day * DAY_US) / 1_000));
    for (; day <= 0; day++) await write(store, day);
    expect(await daysOf(store)).toEqual([0, -1, -2, -3, -4, -5]);
    const { telemetry } = store;
    const usage = await telemetry.usage("org_1");
    expect(Math.min(usage.spanBytes, usage.logBytes, usage.metricBytes)).toBeGreaterThan(0);
    const midnight = Math.floor(AT_US / DAY_US) * DAY_US;
    expect(await telemetry.prune({ beforeUs: midnight - 4 * DAY_US - 1, maxBytes: ROOMY })).toEqual({ days: 0 });
    expect(await telemetry.prune({ beforeUs: midnight - 4 * DAY_US, maxBytes: ROOMY })).toEqual({ days: 1 });
    expect(await daysOf(store)).toEqual([0, -1, -2, -3, -4]);
    expect(await telemetry.prune({ beforeUs: midnight - 3 * DAY_US, maxBytes: ROOMY })).toEqual({ days: 1 });
    expect(await telemetry.prune({ beforeUs: midnight - 3 * DAY_US, maxBytes: ROOMY })).toEqual({ days: 0 });
    expect(await daysOf(store)).toEqual([0, -1, -2, -3]);
    expect(await telemetry.prune({ beforeUs: 0, maxBytes: 1 })).toEqual({ days: 3 });
    expect(await telemetry.prune({ beforeUs: AT_US + 9 * DAY_US, maxBytes: 1 })).toEqual({ days: 0 });
    expect(await daysOf(store)).toEqual([0]);
    await write(store, -2);
    expect(await telemetry.spans.search("org_1", ALL, { limit: 10 })).toHaveLength(2);
  });

  it("tells a trace that began before midnight once", async () => {
    await using store = await open(() => new Date(AT_US / 1_000));
    const { spans } = store.telemetry;
    const midnight = Math.floor(AT_US / DAY_US) * DAY_US;
    const across = [spanOf(1, { startUs: midnight - 10 }), spanOf(2, { startUs: midnight + 10 })];
    await spans.append("org_1", [...across, spanOf(3, { traceId: traceIdOf(2), startUs: midnight + 5 })]);
    const traces = await spans.searchTraces("org_1", ALL, { limit: 10 });
    expect(traces.map(({ traceId, startUs, spans: count }) => [traceId, startUs - midnight, count])).toEqual([
      [traceIdOf(2), 5, 1],
      [traceIdOf(1), -10, 2],
    ]);
  });
}

async function write({ telemetry }: Store, day: number): Promise<void> {
  const atUs = AT_US + day * DAY_US;
  await telemetry.spans.append("org_1", [spanOf(100 + day, { startUs: atUs, traceId: traceIdOf(100 + day) })]);
  await telemetry.logs.append("org_1", [logOf(`day ${day}`, { atUs })]);
  await telemetry.metrics.append("org_1", [pointOf("m", { atUs })]);
}

/** The same for all of them. */
async function daysOf({ telemetry }: Store): Promise<readonly number[]> {
  const times = [
    (await telemetry.spans.search("org_1", ALL, { limit: 100 })).map(({ startUs }) => startUs),
    (await telemetry.spans.searchTraces("org_1", ALL, { limit: 100 })).map(({ startUs }) => startUs),
    (await telemetry.logs.search("org_1", ALL, { limit: 100 })).map(({ atUs }) => atUs),
    (await telemetry.metrics.points("org_1", { name: "m", fromUs: 0, toUs: AT_US * 2, limit: 100 }))
      .map(({ atUs }) => atUs)
      .toReversed(),
  ];
  const [days = [], ...others] = times.map((each) => each.map((us) => (us - AT_US) / DAY_US));
  for (const other of others) expect(other).toEqual(days);
  return days;
}
