import { describe, expect, it } from "vitest";
import {
  entryInJail,
  jailArguments,
  jailCommandLine,
  nodeCommand,
  resourceLimits,
  systemRoot,
} from "./jail-arguments.ts";
import type { JailPlan } from "./jail-arguments.ts";

const ROOT = systemRoot({
  nodePath: "/host/node",
  etcFolder: "/host/etc",
  bridgePath: "/host/bridge.cjs",
  usrLinks: { "/lib": "usr/lib" },
  topFolders: ["/lib64"],
});
const PLAN: JailPlan = {
  root: ROOT,
  appFolder: "/host/app",
  agentFolder: "/host/agent",
  doorsFolder: "/host/doors",
  tmpBytes: 1000,
  env: { COLOUR: "green" },
};
const LIMITS = { memoryMb: 100, cpu: 1, processes: 10, tmpMb: 1, startTimeoutMs: 1000 };

function words(plan: JailPlan): string {
  return jailArguments(plan).toString().replaceAll("\0", " ");
}

describe("bwrap's options", () => {
  it("mount only what is planned, and the system read-only", () => {
    const options = words(PLAN);
    expect(options.match(/--bind \S+ \S+/g)).toEqual(["--bind /host/agent /run/agent"]);
    expect(options).toContain("--ro-bind /host/app /app ");
    expect(options).toContain("--ro-bind /proc/sys /proc/sys ");
    expect(options).toContain("--symlink usr/lib /lib --ro-bind /lib64 /lib64 ");
    expect(options).toContain("--size 1000 --perms 1777 --tmpfs /tmp ");
    expect(options).toContain("--ro-bind /host/doors /run --bind /host/agent /run/agent ");
    expect(options).not.toContain("zygote");
    expect(options).not.toContain("cache");
  });

  it("mount no release where the root has everything already", () => {
    const { appFolder, ...rest } = PLAN;
    expect(appFolder).toBe("/host/app");
    expect(words(rest)).not.toContain("/app");
    expect(words(rest)).toContain("--chdir / ");
  });

  it("make the root read-only after the last mount", () => {
    const options = words(PLAN);
    expect(options.indexOf("--remount-ro / ")).toBeGreaterThan(options.lastIndexOf("bind"));
    expect(options.indexOf("--remount-ro /dev ")).toBeGreaterThan(options.indexOf("--tmpfs /dev/shm"));
  });

  it("leave every namespace", () => {
    for (const namespace of ["user", "pid", "net", "ipc", "uts", "cgroup"]) {
      expect(words(PLAN)).toContain(`--unshare-${namespace} `);
    }
    expect(words(PLAN)).toContain("--disable-userns ");
    expect(words(PLAN)).toContain("--clearenv ");
  });

  it("refuse a NUL, which would begin another option", () => {
    const refused = expect.objectContaining({ reason: "CONFIG_INVALID" });
    expect(() => jailArguments({ ...PLAN, env: { A: "x\0--bind\0/\0/host" } })).toThrow(refused);
    expect(() => jailArguments({ ...PLAN, env: { "A\0--bind": "x" } })).toThrow(refused);
    expect(() => jailCommandLine("host", ["node", "/app/a\0b"])).toThrow(refused);
  });
});

describe("the command in a jail", () => {
  it("runs the entry file within the memory it has", () => {
    expect(nodeCommand(entryInJail("dist/agent.js"), LIMITS)).toEqual([
      "/opt/node/bin/node",
      "--max-old-space-size=80",
      "--require",
      "/opt/berth/bridge.cjs",
      "/app/dist/agent.js",
    ]);
  });

  it("is put behind its limits where something can set them", () => {
    expect(resourceLimits({ core: 0 }, ["ld", "prlimit"])).toEqual(["ld", "prlimit", "--core=0:0"]);
    expect(resourceLimits({ core: 0 }, undefined)).toEqual([]);
  });

  it.each(["../agent.js", "../../opt/x", "", ".", "a/../.."])("refuses the entry %j", (entry) => {
    expect(() => entryInJail(entry)).toThrow(expect.objectContaining({ reason: "CONFIG_INVALID" }));
  });
});
