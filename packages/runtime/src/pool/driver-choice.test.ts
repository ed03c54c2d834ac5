import { describe, expect, it } from "vitest";
import type { EnforcementLevel, ReleaseSpec, SandboxDriver } from "../sandbox-driver.ts";
import { DriverChoice } from "./driver-choice.ts";

const LEVEL: EnforcementLevel = { level: "enforced", detail: "" };

function driver(name: string, isolates = true): SandboxDriver {
  const levels = { filesystem: LEVEL, network: LEVEL, syscalls: LEVEL, memory: LEVEL, cpu: LEVEL, processes: LEVEL };
  return {
    name,
    probe: () => Promise.resolve({ driver: name, isolates, ...levels }),
    sweep: () => Promise.resolve(),
    start: () => Promise.reject(new Error("not started here")),
    close: () => Promise.resolve(),
  };
}

function spec(overrides: Partial<ReleaseSpec> = {}): ReleaseSpec {
  return {
    orgId: "org_1",
    agentId: "agt_1",
    agentName: "tester",
    releaseId: "rel_1",
    folder: "/nowhere",
    entry: "agent.mjs",
    trusted: false,
    env: {},
    limits: { memoryMb: 64, cpu: 1, processes: 8, tmpMb: 1, startTimeoutMs: 1_000 },
    scale: { min: 0, max: 1, concurrency: 1, idleSeconds: 1 },
    egress: [],
    ...overrides,
  };
}

describe("the choice of a driver", () => {
  const all = [driver("wasm"), driver("process"), driver("unconfined", false)];
  const chosen = async (overrides: Partial<ReleaseSpec>, drivers = all): Promise<string> =>
    (await new DriverChoice(drivers, () => {}).driverFor(spec(overrides))).name;

  it("goes by the entry where nothing is asked for", async () => {
    expect(await chosen({})).toBe("process");
    expect(await chosen({ trusted: true })).toBe("unconfined");
    expect(await chosen({ entry: "agent.wasm" })).toBe("wasm");
    expect(await chosen({ entry: "agent.wasm", trusted: true })).toBe("wasm");
  });

  it("never gives a program to a driver of modules, whatever else is missing", async () => {
    const without = [driver("wasm"), driver("unconfined", false)];
    await expect(chosen({}, without)).rejects.toMatchObject({ reason: "ISOLATION_UNAVAILABLE" });
  });

  it("gives a program with a root of its own to a jail or a container, trusted or not", async () => {
    const program = { command: ["/agent"], env: {}, workdir: "/", rootfs: "/nowhere", mountsApp: true };
    expect(await chosen({ program, trusted: true })).toBe("process");
    expect(await chosen({ program, entry: "agent.wasm" })).toBe("process");
    expect(await chosen({ program, isolation: "container" }, [...all, driver("container")])).toBe("container");
    await expect(chosen({ program, isolation: "wasm" })).rejects.toMatchObject({ reason: "ISOLATION_UNAVAILABLE" });
    await expect(chosen({ program, trusted: true }, [driver("unconfined", false)])).rejects.toMatchObject({
      reason: "ISOLATION_UNAVAILABLE",
      hint: expect.not.stringContaining("--trust"),
    });
  });

  it("refuses an isolation that is not there, with what to do", async () => {
    await expect(chosen({ isolation: "container" })).rejects.toMatchObject({
      reason: "ISOLATION_UNAVAILABLE",
      message: expect.stringContaining("no container driver"),
      hint: expect.stringContaining("berth.json"),
    });
    expect(await chosen({ isolation: "container" }, [...all, driver("container")])).toBe("container");
  });
});
