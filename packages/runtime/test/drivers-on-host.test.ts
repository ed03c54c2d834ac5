import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { isRoot } from "../src/driver/base-folder.ts";
import { createProcessDriver } from "../src/process/process-driver.ts";
import { reachableNode } from "../src/process/jail-files.ts";
import { startAgent } from "../src/sandbox-driver.contract.ts";
import { openHarness, platformUsers } from "./sandbox/harness.ts";

const SERVER = `require("node:http").createServer((request, response) => response.end("ok")).listen(process.env.BERTH_LISTEN);`;

describe("the process driver", () => {
  it.each(platformUsers())("says what it can hold an agent to, run by $name", async ({ uid, root }) => {
    await using harness = await openHarness("process", uid);
    const capabilities = await harness.driver.probe();
    expect(capabilities).toMatchObject({
      driver: "process",
      isolates: true,
      network: { level: "enforced" },
      syscalls: { level: "enforced" },
    });
    expect(capabilities).not.toHaveProperty("reason");
    // A plain user may have a delegated cgroup; without one it must not claim more than it does.
    if (!root && capabilities.memory.level !== "enforced") expect(capabilities.memory.level).toBe("partial");
    if (!root) expect(capabilities.filesystem.level).toBe("partial");
  });

  it("refuses to start anything with a Node that does not run in the jail, and leaves nothing", async () => {
    await using harness = await openHarness("process");
    const folder = mkdtempSync("/tmp/berth-node-");
    chmodSync(folder, 0o755);
    const node = join(folder, "node");
    writeFileSync(node, "#!/no/such/interpreter\n");
    chmodSync(node, 0o755);
    const driver = createProcessDriver({ home: harness.home, nodePath: node });
    try {
      await expect(startAgent({ ...harness, driver, release: harness.release }, SERVER)).rejects.toMatchObject({
        reason: "AGENT_START_FAILED",
      });
      expect(await harness.leftovers()).toEqual([]);
    } finally {
      await driver.close();
      rmSync(folder, { recursive: true });
    }
  });

  it("gives jails a copy of a Node they could not reach", async () => {
    const folder = mkdtempSync("/tmp/berth-node-");
    const node = join(folder, "node");
    writeFileSync(node, "binary");
    chmodSync(node, 0o755);
    const [first, second] = await Promise.all([reachableNode(node), reachableNode(node)]);
    expect(first).toBe(second);
    if (isRoot()) {
      expect(first).toMatch(/^\/var\/lib\/berth\/node-custom-[0-9a-f]{12}\/node$/);
      rmSync(dirname(first), { recursive: true });
    } else {
      expect(first).toBe(node);
    }
    rmSync(folder, { recursive: true });
  });

  if (isRoot())
    it("says that a release cannot be read before it says host paths in the agent's log", async () => {
      await using harness = await openHarness("process");
      const folder = await harness.release(SERVER);
      chmodSync(folder, 0o700);
      const starting = startAgent({ ...harness, release: () => Promise.resolve(folder) }, SERVER);
      await expect(starting).rejects.toMatchObject({
        reason: "AGENT_START_FAILED",
        message: expect.not.stringContaining("/var/lib"),
      });
      expect(await harness.leftovers()).toEqual([]);
    });

  it("keeps two homes apart: the sweep of one leaves the other's agents", async () => {
    await using one = await openHarness("process");
    await using two = await openHarness("process");
    const agent = await startAgent(one, SERVER);
    await two.driver.sweep();
    expect((await agent.stats()).processes).toBeGreaterThan(0);
  });
});

describe("the unconfined driver", () => {
  it("runs trusted agents only", async () => {
    await using harness = await openHarness("unconfined");
    expect(await harness.driver.probe()).toMatchObject({ isolates: false, fix: expect.stringContaining("--trust") });
    await expect(startAgent(harness, SERVER, { trusted: false })).rejects.toMatchObject({
      reason: "ISOLATION_UNAVAILABLE",
      hint: expect.stringContaining("--trust"),
    });
    expect(await harness.leftovers()).toEqual([]);
  });

  it("has agents that end by themselves when the platform was killed", async () => {
    await using harness = await openHarness("unconfined");
    await startAgent(harness, SERVER);
    const processes = async (): Promise<readonly string[]> =>
      (await harness.leftovers()).filter((left) => left.startsWith("process "));
    expect(await processes()).toHaveLength(1);
    await harness.driver.kill();
    for (const deadline = Date.now() + 20_000; (await processes()).length > 0; await delay(50)) {
      expect(Date.now()).toBeLessThan(deadline);
    }
  });
});
