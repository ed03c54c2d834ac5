import { describe, expect, it } from "vitest";
import { syscallTable } from "../process/syscall-numbers.ts";
import { ALLOWED_CALLS } from "./allowed-calls.ts";
import { seccompProfile } from "./seccomp-profile.ts";

interface Profile {
  readonly defaultAction: string;
  readonly architectures: readonly string[];
  readonly syscalls: readonly { readonly names: readonly string[]; readonly action: string; readonly args?: unknown }[];
}

describe.each(["x64", "arm64"])("the filter of containers on %s", (arch) => {
  const table = syscallTable(arch);
  if (table === undefined) throw new Error(`no table for ${arch}`);
  // What was just made.
  const profile = JSON.parse(seccompProfile(table, arch)) as Profile;

  it("allows nothing that jails refuse, and refuses what it does not name", () => {
    expect(profile.defaultAction).toBe("SCMP_ACT_ERRNO");
    expect(profile.architectures).toHaveLength(1);
    const looked = ["clone", "clone3", "socket", "socketpair", "personality"];
    const refused = new Set([...Object.keys(table.denied), ...looked]);
    expect(ALLOWED_CALLS.filter((name) => refused.has(name))).toEqual([]);
    const free = profile.syscalls.filter(({ action, args }) => action === "SCMP_ACT_ALLOW" && args === undefined);
    expect(free.flatMap(({ names }) => names)).toEqual(ALLOWED_CALLS);
  });

  it("has every call once, in order, and what a server needs", () => {
    expect(ALLOWED_CALLS).toEqual([...new Set(ALLOWED_CALLS)].toSorted());
    expect(ALLOWED_CALLS).toEqual(
      expect.arrayContaining(["accept4", "epoll_pwait", "execve", "futex", "mmap", "openat"]),
    );
  });
});
