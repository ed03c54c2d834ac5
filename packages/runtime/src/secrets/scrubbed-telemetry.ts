import type { RuntimeTelemetry } from "../runtime-telemetry.ts";
import type { Scrubber } from "./scrubber.ts";

/** What an agent sends of itself, without its release's secrets. The rest is told without them already. */
export function scrubbedTelemetry(telemetry: RuntimeTelemetry, scrubber: Pick<Scrubber, "json">): RuntimeTelemetry {
  return {
    line: (line) => telemetry.line(line),
    wake: (wake, whose) => telemetry.wake(wake, whose),
    fault: (fault, whose) => telemetry.fault(fault, whose),
    ingest: async (peer, batch) => await telemetry.ingest(peer, scrubber.json(batch)),
  };
}
