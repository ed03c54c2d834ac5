import { describe, expect, it } from "vitest";
import type { Store } from "./store.ts";
import { telemetryEraseContract } from "./telemetry-erase.contract.ts";
import { telemetryExportsContract } from "./telemetry-exports.contract.ts";
import { telemetryLogsContract } from "./telemetry-logs.contract.ts";
import { telemetryMetricsContract } from "./telemetry-metrics.contract.ts";
import { telemetryPruneContract } from "./telemetry-prune.contract.ts";
import { ALL, logOf, pointOf, spanOf } from "./telemetry-samples.ts";
import { telemetrySpansContract } from "./telemetry-spans.contract.ts";

/** Makes an empty store with this clock; each test closes its own. */
export type OpenTelemetryStore = (now: () => Date) => Promise<Store>;

/** What every driver of `TelemetryStore` promises. */
export function telemetryStoreContract(driver: string, open: OpenTelemetryStore): void {
  describe(`${driver} as a TelemetryStore`, () => {
    describe("spans", () => telemetrySpansContract(open));
    describe("logs", () => telemetryLogsContract(open));
    describe("metrics", () => telemetryMetricsContract(open));
    describe("exports", () => telemetryExportsContract(open));
    describe("whose it is", () => telemetryEraseContract(open));
    describe("its days", () => telemetryPruneContract(open));

    it("finishes what it has accepted and refuses what comes after its end", async () => {
      const store = await open(() => new Date());
      const { spans, logs, metrics } = store.telemetry;
      const accepted = [
        spans.append("o", [spanOf(1)]),
        logs.append("o", [logOf("a")]),
        metrics.append("o", [pointOf("m")]),
      ];
      await Promise.all([...accepted, store.close()]);
      const unavailable = { reason: "STORE_UNAVAILABLE" };
      await expect(spans.append("o", [spanOf(2)])).rejects.toMatchObject(unavailable);
      await expect(logs.append("o", [logOf("b")])).rejects.toMatchObject(unavailable);
      await expect(metrics.append("o", [pointOf("m")])).rejects.toMatchObject(unavailable);
      await expect(logs.search("o", ALL, { limit: 1 })).rejects.toMatchObject(unavailable);
    });
  });
}
