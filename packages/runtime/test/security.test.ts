import { PROCESS_SANDBOX } from "./hostile/world.ts";
import { openHarness } from "./sandbox/harness.ts";
import { createWarmDriver } from "./sandbox/warm-driver.ts";
import { describeSecurity } from "./security/describe-security.ts";
import { nodePrograms } from "./security/node-programs.ts";
import { WASM_SECURITY } from "./security/wasm-programs.ts";

// container-hostile.test.ts runs the same for containers.
describeSecurity(nodePrograms("process", PROCESS_SANDBOX));
describeSecurity(
  nodePrograms(
    "process from a warm jail",
    { openHarness: () => openHarness("warm"), createDriver: createWarmDriver },
    "agent.mjs",
  ),
);
describeSecurity(WASM_SECURITY);
