import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { createContainerDriver } from "../src/container/container-driver.ts";
import { homeKey, rootfsFolder } from "../src/driver/base-folder.ts";
import { describeSandboxDriver, startAgent } from "../src/sandbox-driver.contract.ts";
import { startEngine } from "./sandbox/engine.ts";
import type { TestEngine } from "./sandbox/engine.ts";
import { openHarness } from "./sandbox/harness.ts";
import { goRoot } from "./sandbox/program-roots.ts";
import { describePrograms } from "./sandbox/program-suite.ts";

const SERVER = `require("node:http").createServer((request, response) => response.end("ok")).listen(process.env.BERTH_LISTEN);`;
const engine = await startEngine();

describe("the container driver without an engine", () => {
  it("says where it looked, and what to do", async () => {
    const home = mkdtempSync("/tmp/berth-");
    const driver = createContainerDriver({ home, sockets: ["/nowhere/docker.sock", "/nowhere/podman.sock"] });
    expect(await driver.probe()).toMatchObject({
      isolates: false,
      reason: expect.stringMatching(/no \/nowhere\/docker\.sock; there is no \/nowhere\/podman\.sock/),
      fix: expect.stringContaining("Docker"),
      memory: { level: "none" },
    });
    await driver.sweep();
    const starting = startAgent({ driver, release: () => Promise.resolve("/nowhere") }, SERVER);
    await expect(starting).rejects.toMatchObject({ reason: "ISOLATION_UNAVAILABLE" });
    await driver.close();
    rmSync(home, { recursive: true });
  });

  it.each([
    ["limits no memory", { MemoryLimit: false }, /limit memory/],
    ["limits no processes", { PidsLimit: false }, /limit processes/],
    ["filters no system calls", { SecurityOptions: [] }, /system calls/],
    ["maps users", { SecurityOptions: ["name=seccomp,profile=default", "name=rootless"] }, /maps users/],
  ])("refuses an engine that %s", async (_what, lacks, reason) => {
    const info = { MemoryLimit: true, PidsLimit: true, SecurityOptions: ["name=seccomp"], ...lacks };
    await using fake = await openFakeEngine(info);
    const driver = createContainerDriver({ home: fake.folder, sockets: [fake.socketPath] });
    expect(await driver.probe()).toMatchObject({ isolates: false, reason: expect.stringMatching(reason) });
  });
});

if (typeof engine === "string") it(`has no engine here: ${engine}`, () => {});
else {
  afterAll(async () => await engine[Symbol.asyncDispose]());
  describeSandboxDriver("container driver", () => openHarness("container", undefined, engine));
  describePrograms("the container driver", {
    openHarness: () => openHarness("container", undefined, engine),
    createDriver: (options) => createContainerDriver({ ...options, sockets: [engine.socketPath] }),
  });
  describe("the container driver", () => {
    describeEngine(engine);
  });
}

function describeEngine(engine: TestEngine): void {
  it("says what its engine enforces", async () => {
    await using harness = await openHarness("container", undefined, engine);
    const level = "enforced";
    expect(await harness.driver.probe()).toMatchObject({
      driver: "container",
      isolates: true,
      filesystem: { level },
      network: { level },
      syscalls: { level },
      memory: { level, detail: expect.stringMatching(/^(Docker|podman) \d/) },
      processes: { level },
    });
  });

  it("keeps two homes apart, and has the engine stop a frozen agent", async () => {
    await using one = await openHarness("container", undefined, engine);
    await using two = await openHarness("container", undefined, engine);
    const agent = await startAgent(one, SERVER);
    await two.driver.sweep();
    expect(await one.leftovers()).toContainEqual(expect.stringMatching(/^container .*: running$/));
    await agent.freeze();
    expect(await one.leftovers()).toContainEqual(expect.stringMatching(/^container .*: paused$/));
  });

  it("makes its image again when somebody has removed it", async () => {
    await using harness = await openHarness("container", undefined, engine);
    await (await startAgent(harness, SERVER)).stop(0);
    expect(await engine.removeImages()).toBeGreaterThan(0);
    await (await startAgent(harness, SERVER)).stop(0);
    expect(await harness.leftovers()).toEqual([]);
  });

  it("keeps the image of a root for as long as the root is there", async () => {
    await using harness = await openHarness("container", undefined, engine);
    using root = goRoot();
    const rootfs = rootfsFolder(harness.home, "sha256:abc");
    cpSync(root.folder, rootfs, { recursive: true });
    const images = async (): Promise<readonly string[]> =>
      (await engine.images()).filter((image) => image.startsWith(`berth-root-${homeKey(harness.home)}-`));
    await (await startAgent(harness, "", { program: { ...root.program, rootfs } })).stop(0);
    await harness.driver.sweep();
    expect(await images()).toHaveLength(1);
    rmSync(rootfs, { recursive: true });
    await harness.driver.sweep();
    expect(await images()).toEqual([]);
  });

  it("says nothing of the host to an agent's owner when the engine refuses", async () => {
    await using harness = await openHarness("container", undefined, engine);
    const starting = startAgent({ ...harness, release: () => Promise.resolve("/var/lib/no-such-release") }, SERVER);
    await expect(starting).rejects.toMatchObject({
      reason: "AGENT_START_FAILED",
      message: expect.not.stringContaining("/var/lib"),
      hint: expect.stringContaining("log"),
    });
    expect(await harness.leftovers()).toEqual([]);
  });
}

/** Answers as an engine that has these properties. */
async function openFakeEngine(
  info: Record<string, unknown>,
): Promise<AsyncDisposable & { readonly folder: string; readonly socketPath: string }> {
  const folder = mkdtempSync("/tmp/berth-");
  const socketPath = join(folder, "engine.sock");
  const server = createServer((request, response) => {
    response.end(JSON.stringify(request.url?.endsWith("/version") === true ? { ApiVersion: "1.41" } : info));
  });
  await new Promise<void>((resolve) => server.listen(socketPath, resolve));
  return {
    folder,
    socketPath,
    [Symbol.asyncDispose]: async () => {
      await new Promise((resolve) => server.close(resolve));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
