import { describeSandboxDriver } from "../src/sandbox-driver.contract.ts";
import { openHarness, platformUsers } from "./sandbox/harness.ts";
import { WASM_PROGRAMS } from "./wasm/programs.ts";

for (const { name, uid } of platformUsers()) {
  describeSandboxDriver(`wasm driver run by ${name}`, () => openHarness("wasm", uid), WASM_PROGRAMS);
}
