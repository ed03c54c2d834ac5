import type { ExportAnswer, OtlpBatch } from "@berth/telemetry";
import type { ServicesPeer } from "./agent-services.ts";
import type { Fault, LogLine, Wake } from "./runtime.ts";
import type { ReleaseSpec } from "./sandbox-driver.ts";

type Whose = Pick<ReleaseSpec, "orgId" | "agentName">;

/** A line of an instance, without the secrets of its release. */
export interface SeenLine extends LogLine, Whose {
  /** The platform wrote it about the instance. */
  readonly byPlatform: boolean;
  /** The tasks whose turns ran on the instance. */
  readonly tasks: readonly string[];
}

/** Who looks at what instances do, and takes what they send over OTLP. But for `ingest` all of it is cheap and never throws. */
export interface RuntimeTelemetry {
  line(line: SeenLine): void;
  wake(wake: Wake, whose: Whose): void;
  fault(fault: Fault, whose: Whose): void;
  /** @throws RATE_LIMITED when there is no room. */
  ingest(peer: ServicesPeer, batch: OtlpBatch): Promise<ExportAnswer>;
}
