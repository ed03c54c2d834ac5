import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { CgroupV1 } from "./cgroup-v1.ts";
import { CgroupV2 } from "./cgroup-v2.ts";
import { findCgroups } from "./open-cgroups.ts";

const LIMITS = { memoryMb: 100, cpu: 0.5, processes: 10, tmpMb: 1, startTimeoutMs: 1000 };

// Folders that look like a cgroup tree; what the kernel would put into a new folder is put there before.
describe("cgroups", () => {
  let top = "";
  beforeEach(() => {
    top = mkdtempSync("/tmp/berth-cgroup-");
  });
  afterEach(() => {
    rmSync(top, { recursive: true, force: true });
  });
  const offer = (folder: string, ...files: readonly string[]): void => {
    mkdirSync(join(top, folder), { recursive: true });
    for (const file of files) writeFileSync(join(top, folder, file), "");
  };
  const written = (...path: readonly string[]): string => readFileSync(join(top, ...path), "utf8");

  it("of version 2 get their limits in one folder", async () => {
    offer("berth", "cgroup.subtree_control");
    offer("berth/one", "memory.max", "memory.swap.max", "pids.max", "cpu.max", "memory.events");
    const groups = await CgroupV2.open(join(top, "berth"));
    expect([...(groups?.controllers ?? [])]).toEqual(["memory", "pids", "cpu"]);
    const group = await groups?.create("one", LIMITS);
    expect(written("berth/one/memory.max")).toBe("104857600");
    expect(written("berth/one/memory.swap.max")).toBe("0");
    expect(written("berth/one/pids.max")).toBe("12");
    expect(written("berth/one/cpu.max")).toBe("50000 100000");
    writeFileSync(join(top, "berth/one/memory.events"), "low 0\noom 1\noom_kill 2\n");
    expect(group?.oomKills()).toBe(2);
  });

  it("of version 1 get them in a folder for each controller", async () => {
    offer("memory/berth/one", "memory.limit_in_bytes", "memory.memsw.limit_in_bytes");
    offer("pids/berth/one", "pids.max");
    const mounts = new Map([
      ["memory", join(top, "memory")],
      ["pids", join(top, "pids")],
    ]);
    const groups = await CgroupV1.open("berth", mounts);
    expect([...(groups?.controllers ?? [])]).toEqual(["memory", "pids"]);
    await groups?.create("one", LIMITS);
    expect(written("memory/berth/one/memory.limit_in_bytes")).toBe("104857600");
    expect(written("pids/berth/one/pids.max")).toBe("12");
  });

  it("are not taken for real where the kernel offers no files", async () => {
    expect(await CgroupV2.open(join(top, "berth"))).toBeUndefined();
    const table = `30 1 0:2 / ${top} rw - cgroup2 cgroup2 rw\n`;
    writeFileSync(join(top, "mountinfo"), table);
    expect(await findCgroups("berth", join(top, "mountinfo"))).toBeUndefined();
    writeFileSync(join(top, "mountinfo"), "30 1 0:2 / /nowhere rw - tmpfs tmpfs rw\n");
    expect(await findCgroups("berth", join(top, "mountinfo"))).toBeUndefined();
  });
});
