import { describeHostileCorpus } from "./hostile/corpus.ts";
import { describeHarm } from "./sandbox/harm-suite.ts";
import { openHarness } from "./sandbox/harness.ts";
import { createWarmDriver } from "./sandbox/warm-driver.ts";

describeHarm("the process driver with warm jails", () => openHarness("warm"));
describeHostileCorpus("a jail that waited for its agent", {
  openHarness: () => openHarness("warm"),
  createDriver: createWarmDriver,
});
