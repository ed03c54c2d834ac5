import { describeSandboxDriver, NODE_PROGRAMS } from "../src/sandbox-driver.contract.ts";
import { openHarness, platformUsers } from "./sandbox/harness.ts";

// The second user makes the same jails with less: the long run tries both.
const users = process.env["TEST_LONG"] === "1" ? platformUsers() : platformUsers().slice(0, 1);

for (const { name, uid } of users) {
  describeSandboxDriver(`process driver with warm jails run by ${name}`, () => openHarness("warm", uid), {
    ...NODE_PROGRAMS,
    entry: "agent.mjs",
  });
}
