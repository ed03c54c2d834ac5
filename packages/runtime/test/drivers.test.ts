import { describeSandboxDriver } from "../src/sandbox-driver.contract.ts";
import { openHarness, platformUsers } from "./sandbox/harness.ts";

for (const { name, uid } of platformUsers()) {
  describeSandboxDriver(`process driver run by ${name}`, () => openHarness("process", uid));
}
describeSandboxDriver("unconfined driver", () => openHarness("unconfined"));
