import { afterAll } from "vitest";
import { describeSandboxDriver } from "../src/sandbox-driver.contract.ts";
import { PROCESS_SANDBOX } from "./hostile/world.ts";
import { openHarness, platformUsers } from "./sandbox/harness.ts";
import { nodeRoot } from "./sandbox/program-roots.ts";
import { describeSecurity } from "./security/describe-security.ts";
import { nodePrograms } from "./security/node-programs.ts";

// The contract's agents, run as programs: by the Node of their own root.
const root = await nodeRoot();
afterAll(() => root[Symbol.dispose]());

// The first user alone: what differs for another is the jail, which drivers-on-host.test.ts has for both.
for (const { name, uid } of platformUsers().slice(0, 1)) {
  describeSandboxDriver(`process driver run by ${name}, with programs`, () =>
    openHarness("process", uid, undefined, root.program),
  );
}

const security = nodePrograms("process", PROCESS_SANDBOX);
describeSecurity({
  ...security,
  name: "process (programs)",
  overrides: { ...security.overrides, program: root.program },
});
