import type { PlatformError } from "@berth/protocol";
import { FaultReason } from "../runtime.ts";
import type { Fault } from "../runtime.ts";
import type { InstanceExit, ReleaseSpec } from "../sandbox-driver.ts";

type Told = Pick<Fault, "reason" | "detail">;

/** Of the time that a start may take. */
const SLOW = 0.5;

/** `ended`: the instance is gone with it. Without `output` the last lines of its log stand for it. */
export type OnFault = (fault: Omit<Fault, "output"> & { readonly output?: string }, ended: boolean) => void;

export interface ReleaseFaultsOptions {
  readonly releaseId: string;
  readonly now: () => number;
  readonly onFault: OnFault;
}

/** Tells of what goes wrong with the instances of one release. */
export class ReleaseFaults {
  readonly #options: ReleaseFaultsOptions;

  constructor(options: ReleaseFaultsOptions) {
    this.#options = options;
  }

  /** The instance lives on. */
  seen(instanceId: string, told: Told): void {
    this.#options.onFault({ ...told, ...this.#place(instanceId) }, false);
  }

  ended(instanceId: string, told: Told, output?: string): void {
    const fault = { ...told, ...this.#place(instanceId) };
    this.#options.onFault(output === undefined ? fault : { ...fault, output }, true);
  }

  #place(instanceId: string): Pick<Fault, "at" | "releaseId" | "instanceId"> {
    const { now, releaseId } = this.#options;
    return { at: new Date(now()).toISOString(), releaseId, instanceId };
  }
}

export function startFault({ reason, message, metadata }: PlatformError): Told {
  const timeout = metadata["phase"] === "port" ? FaultReason.PortNeverOpened : FaultReason.SlowStart;
  return { reason: reason === "AGENT_START_TIMEOUT" ? timeout : FaultReason.StartFailed, detail: message };
}

export function slowStart(startMs: number, startTimeoutMs: number): Told | undefined {
  if (startMs < startTimeoutMs * SLOW) return undefined;
  const seconds = (ms: number): string => (ms / 1_000).toFixed(1);
  return {
    reason: FaultReason.SlowStart,
    detail: `it took ${seconds(startMs)} s of the ${seconds(startTimeoutMs)} s that timeouts.startSeconds allows`,
  };
}

export function endFault({ reason, exitCode, signal }: InstanceExit, { limits }: ReleaseSpec): Told {
  if (reason === "AGENT_OUT_OF_MEMORY") {
    return { reason: FaultReason.OutOfMemory, detail: `it needed more than its ${limits.memoryMb} MiB` };
  }
  const how = signal === null ? `exit code ${exitCode ?? "unknown"}` : `signal ${signal}`;
  return { reason: FaultReason.Crashed, detail: `it ended with ${how}` };
}
