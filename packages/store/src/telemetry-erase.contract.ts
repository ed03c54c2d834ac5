import { expect, it } from "vitest";
import { ALL, AT_US, field, logOf, pointOf, spanOf, traceIdOf } from "./telemetry-samples.ts";
import type { OpenTelemetryStore } from "./telemetry-store.contract.ts";

export function telemetryEraseContract(open: OpenTelemetryStore): void {
  const today = (): Date => new Date(AT_US / 1_000);

  it("takes a task's spans and lines away, and nobody else's", async () => {
    await using store = await open(today);
    const { telemetry } = store;
    const { spans, logs } = telemetry;
    for (const orgId of ["org_1", "org_2"]) {
      await spans.append(orgId, [
        spanOf(1, { taskId: "task_a" }),
        spanOf(2, { taskId: "task_b" }),
        spanOf(3, { traceId: traceIdOf(2), taskId: "task_a" }),
      ]);
      await logs.append(orgId, [logOf("a word", { taskId: "task_a" }), logOf("b word", { taskId: "task_b" })]);
    }
    expect(await telemetry.eraseTask("org_1", "task_a")).toEqual({ spans: 2, logs: 1 });
    expect(await telemetry.eraseTask("org_1", "task_a")).toEqual({ spans: 0, logs: 0 });
    expect(await telemetry.eraseTask("org_1", "task_\0")).toEqual({ spans: 0, logs: 0 });
    expect(await spans.ofTask("org_1", "task_a", 10)).toEqual([]);
    expect((await spans.search("org_1", ALL, { limit: 10 })).map(({ spanId }) => spanId)).toEqual([spanOf(2).spanId]);
    const traces = await spans.searchTraces("org_1", ALL, { limit: 10 });
    expect(traces.map(({ traceId, spanId, spans: count }) => [traceId, spanId, count])).toEqual([
      [traceIdOf(1), spanOf(2).spanId, 1],
    ]);
    expect((await logs.search("org_1", ALL, { limit: 10 })).map(({ body }) => body)).toEqual(["b word"]);
    expect(await logs.search("org_1", field("task", "task_a"), { limit: 10 })).toEqual([]);
    expect(await spans.ofTask("org_2", "task_a", 10)).toHaveLength(2);
    expect(await logs.search("org_2", ALL, { limit: 10 })).toHaveLength(2);
  });

  it("tells what an organization's records take up, and nothing of the others'", async () => {
    await using store = await open(today);
    const { telemetry } = store;
    const text = "x".repeat(2_000);
    const lines = Array.from({ length: 40 }, (_, n) => logOf(`${n} ${text}`));
    await telemetry.logs.append("org_1", lines);
    await telemetry.logs.append("org_2", lines.slice(0, 10));
    await telemetry.spans.append("org_2", [spanOf(1)]);
    await telemetry.metrics.append("org_2", [pointOf("m")]);
    const [one, two, none] = [
      await telemetry.usage("org_1"),
      await telemetry.usage("org_2"),
      await telemetry.usage("org_none"),
    ];
    expect([one.spanBytes, one.metricBytes]).toEqual([0, 0]);
    expect(Math.min(two.spanBytes, two.metricBytes)).toBeGreaterThan(0);
    expect(one.logBytes / two.logBytes).toBeCloseTo(4, 0);
    expect(none).toEqual({ spanBytes: 0, logBytes: 0, metricBytes: 0 });
  });

  it("finds the spans of tasks that were begun and not ended", async () => {
    await using store = await open(today);
    const { spans } = store.telemetry;
    const { endUs: _, ...begun } = spanOf(1, { taskId: "task_a" });
    await spans.append("org_1", [begun, { ...begun, spanId: spanOf(2).spanId }, spanOf(2, { taskId: "task_a" })]);
    await spans.append("org_1", [{ ...begun, spanId: spanOf(3).spanId, startUs: AT_US + 500, taskId: "task_b" }]);
    const found = async (...asked: readonly [readonly string[], number]): Promise<readonly string[]> =>
      (await spans.unended("org_1", ...asked)).map(({ spanId }) => spanId).toSorted();
    expect(await found(["task_a", "task_none"], AT_US + 900)).toEqual([begun.spanId]);
    expect(await found(["task_a", "task_b"], AT_US + 900)).toEqual([begun.spanId, spanOf(3).spanId]);
    expect(await found(["task_a", "task_b"], AT_US + 500)).toEqual([begun.spanId]);
    expect(await spans.unended("org_2", ["task_a"], AT_US + 900)).toEqual([]);
  });
}
