import { describeHarm } from "./sandbox/harm-suite.ts";
import { openHarness, platformUsers } from "./sandbox/harness.ts";

for (const { name, uid } of platformUsers()) {
  describeHarm(`the process driver, run by ${name}`, () => openHarness("process", uid));
}
