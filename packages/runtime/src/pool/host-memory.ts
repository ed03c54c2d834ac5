import { totalmem } from "node:os";
import { availableMemory, constrainedMemory } from "node:process";

export interface HostMemory {
  readonly availableBytes: number;
  readonly totalBytes: number;
}

/** Below this part of the machine's memory idle instances are stopped. */
const LOW = 0.05;
/** Limits are ceilings that agents seldom reach together, and real pressure is watched. */
const OVERCOMMIT = 2;

/** Of the machine, or of the control group that the platform runs in. */
export function readHostMemory(): HostMemory {
  const constrained = constrainedMemory();
  const total = totalmem();
  const totalBytes = constrained > 0 && constrained < total ? constrained : total;
  return { availableBytes: Math.min(availableMemory(), totalBytes), totalBytes };
}

export function isUnderPressure({ availableBytes, totalBytes }: HostMemory): boolean {
  return availableBytes < totalBytes * LOW;
}

/** Where nobody says what the limits of all instances may come to. */
export function defaultBudgetMb({ totalBytes }: HostMemory): number {
  return Math.floor((totalBytes / 1024 / 1024) * OVERCOMMIT);
}
