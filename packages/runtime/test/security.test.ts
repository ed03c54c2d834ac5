import { PROCESS_SANDBOX } from "./hostile/world.ts";
import { describeSecurity } from "./security/describe-security.ts";
import { nodePrograms } from "./security/node-programs.ts";
import { WASM_SECURITY } from "./security/wasm-programs.ts";

// container-hostile.test.ts runs the same for containers.
describeSecurity(nodePrograms("process", PROCESS_SANDBOX));
describeSecurity(WASM_SECURITY);
