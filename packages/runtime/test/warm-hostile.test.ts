import { createProcessDriver } from "../src/process/process-driver.ts";
import { describeHostileCorpus } from "./hostile/corpus.ts";
import { describeHarm } from "./sandbox/harm-suite.ts";
import { openHarness } from "./sandbox/harness.ts";

// The contract's agents fit into jails of these limits.
const limits = { memoryMb: 256, cpu: 1, processes: 128, tmpMb: 16, startTimeoutMs: 30_000 };

describeHarm("the process driver with warm jails", () => openHarness("warm"));
describeHostileCorpus("a jail that waited for its agent", {
  openHarness: () => openHarness("warm"),
  createDriver: (options) => {
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
  },
});
