import type { SandboxLimits } from "../sandbox-driver.ts";

/** Node reads the machine's memory, not the jail's: without this it collects garbage too late and is killed. */
export function heapOption(limits: SandboxLimits): string[] {
  return [`--max-old-space-size=${Math.max(32, Math.floor(limits.memoryMb * 0.8))}`];
}
