import { createProcessDriver } from "../../src/process/process-driver.ts";
import type { ProcessDriver, ProcessDriverOptions } from "../../src/process/process-driver.ts";

// The contract's agents fit into jails of these limits.
const limits = { memoryMb: 256, cpu: 1, processes: 128, tmpMb: 16, startTimeoutMs: 30_000 };

/** A process driver whose agents of the usual size start in a jail that waited for them; it fails when one starts cold. */
export function createWarmDriver(options: ProcessDriverOptions): ProcessDriver {
  const driver = createProcessDriver({ ...options, warmJails: { count: 2, limits } });
  return {
    ...driver,
    probe: async () => {
      const capabilities = await driver.probe();
      await driver.sweep();
      return capabilities;
    },
    start: async (spec, startOptions) => {
      await driver.warmJails();
      const instance = await driver.start(spec, startOptions);
      if (spec.limits.memoryMb === limits.memoryMb && instance.boot?.kind !== "warm")
        throw new Error("it started cold");
      return instance;
    },
  };
}
