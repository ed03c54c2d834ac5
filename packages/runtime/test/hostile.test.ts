import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { homeKey } from "../src/driver/base-folder.ts";
import { allPids, ownerOf, readArguments } from "../src/driver/process-tree.ts";
import { AgentUids } from "../src/process/agent-uid.ts";
import { syscallTable } from "../src/process/syscall-numbers.ts";
import type { Instance } from "../src/sandbox-driver.ts";
import { jailKinds, openHarness } from "./sandbox/harness.ts";
import type { RemoteHarness } from "./sandbox/harness.ts";
import { runInJail, startMalicious, tempt } from "./sandbox/malicious.ts";

const SECRET = "the-platform's-own-secret";
const EPERM = 1;
const EAFNOSUPPORT = 97;

describe.each(jailKinds())("a malicious agent in a $kind jail of a platform run by $name", ({ kind, uid, root }) => {
  let harness: RemoteHarness;
  let agent: Instance;
  let neighbour: Instance;
  let folder: string;

  beforeAll(async () => {
    folder = mkdtempSync("/tmp/berth-secret-");
    chmodSync(folder, 0o755);
    harness = await openHarness(kind, uid);
    writeFileSync(join(harness.home, "master-key"), SECRET);
    chmodSync(join(harness.home, "master-key"), 0o644);
    await harness.driver.sweep();
    agent = await startMalicious(harness, { limits: { cpu: 0.5 } });
    // Without a cgroup the share of the processor is what a jail begins with.
    if (kind === "warm" && root) expect(agent.boot).toEqual({ kind: "warm" });
    neighbour = await startMalicious(harness, { instanceId: "neighbour", agentId: "agent_2" });
  });
  afterAll(async () => {
    await harness[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true, force: true });
  });

  it("finds neither the host's files nor the platform's nor another agent's", async () => {
    const hidden = [
      "/etc/shadow",
      "/root",
      "/home",
      "/work",
      "/var/lib/berth",
      "/sys/fs/cgroup",
      harness.home,
      join(harness.home, "master-key"),
      neighbour.socketPath,
      "/proc/1/root/etc/shadow",
      "/proc/1/cwd/../../etc/shadow",
    ];
    for (const path of hidden) {
      for (const deed of ["read", "list"]) {
        expect(await tempt(agent, deed, { path }), `${deed} ${path}`).toEqual({
          code: expect.stringMatching(/ENOENT|ENOTDIR|EACCES/),
        });
      }
    }
    expect((await tempt(agent, "list", { path: "/etc" })).got).toEqual(["group", "hosts", "nsswitch.conf", "passwd"]);
    expect((await tempt(agent, "list", { path: "/run/agent" })).got).toEqual(["agent.sock"]);
    expect((await tempt(agent, "list", { path: "/tmp" })).got).toEqual([]);
  });

  it("sees nothing of the platform's environment, arguments or open files", async () => {
    expect((await tempt(agent, "read", { path: "/proc/1/environ" })).got).toBe("");
    const commandLine = String((await tempt(agent, "read", { path: "/proc/1/cmdline" })).got);
    for (const path of [harness.home, "/var/lib", "/work", "/tmp/berth", folder])
      expect(commandLine).not.toContain(path);
    expect(JSON.stringify(await tempt(agent, "env"))).not.toContain("hunter2");
    const open = await runInJail(agent, "/usr/bin/perl", [
      "-e",
      'print join "\n", map { readlink } glob "/proc/$$/fd/*"',
    ]);
    expect(
      open.stdout.split("\n").filter((target) => !/^(socket|pipe|anon_inode):|^\/dev\/null$|^$/.test(target)),
    ).toEqual([]);
    const uptime = await runInJail(agent, "/usr/bin/perl", ["-e", "print `hostname`"]);
    expect(uptime.stdout).not.toContain(readFileSync("/etc/hostname", "utf8").trim());
  });

  it("sees and signals no process but its own", async () => {
    const { got } = await tempt(agent, "list", { path: "/proc" });
    // The answer of a folder listing.
    const pids = (got as string[]).filter((name) => /^\d+$/.test(name)).map(Number);
    expect(pids.length).toBeLessThanOrEqual(3);
    await tempt(agent, "killAll");
    expect(await tempt(neighbour, "env")).toHaveProperty("got");
    expect(await harness.driver.probe()).toMatchObject({ isolates: true });
  });

  it("changes no setting of the kernel and no file but its own", async () => {
    for (const path of ["/proc/sys/vm/swappiness", "/proc/sys/kernel/core_pattern", "/proc/kcore", "/dev/mem"]) {
      expect(await tempt(agent, "openForWriting", { path }), path).toEqual({
        code: expect.stringMatching(/EROFS|EACCES|EPERM|ENOENT/),
      });
    }
    for (const path of ["/x", "/app/x", "/usr/x", "/etc/x", "/dev/x", "/run/x", "/opt/x", "/opt/node/bin/node"]) {
      expect(await tempt(agent, "write", { path }), path).toEqual({
        code: expect.stringMatching(/EROFS|ETXTBSY|EACCES/),
      });
    }
  });

  it("reaches no network: not the host's loopback, not the outside, no name", async () => {
    const tcp = await listening(createServer(), 0);
    const abstract = await listening(createServer(), `\0berth-${process.pid}`);
    const file = await listening(createServer(), join(folder, "s.sock"));
    try {
      const { port } = tcp.address() as AddressInfo;
      for (const target of [
        { host: "127.0.0.1", port },
        { host: "::1", port },
        { host: "1.1.1.1", port: 443 },
        { host: "169.254.169.254", port: 80 },
        { host: "example.com", port: 443 },
        { path: `\0berth-${process.pid}` },
        { path: join(folder, "s.sock") },
      ]) {
        expect((await tempt(agent, "connect", target)).got, JSON.stringify(target)).toMatch(
          /ECONNREFUSED|ENETUNREACH|EADDRNOTAVAIL|EAI_AGAIN|ENOTFOUND|ENOENT/,
        );
      }
    } finally {
      for (const server of [tcp, abstract, file]) server.close();
    }
  });

  it("gets no socket of a family that a network namespace does not hold, nor a raw one", async () => {
    const families = { vsock: 40, packet: 17, bluetooth: 31, alg: 38, can: 29, key: 15, tipc: 30, xdp: 44 };
    for (const [name, family] of Object.entries(families)) {
      const { stdout } = await runInJail(agent, "/usr/bin/perl", ["-e", `socket(my $s, ${family}, 1, 0); print $!+0`]);
      expect(Number(stdout), name).toBe(EAFNOSUPPORT);
    }
    const raw = await runInJail(agent, "/usr/bin/perl", ["-e", "socket(my $s, 2, 3, 1); print $!+0"]);
    expect(Number(raw.stdout)).toBe(EPERM);
    const netfilter = await runInJail(agent, "/usr/bin/perl", ["-e", "socket(my $s, 16, 3, 12); print $!+0"]);
    expect(Number(netfilter.stdout)).toBe(EAFNOSUPPORT);
  });

  it("is refused every call that the filter lists, among them ptrace, mount, bpf, keyctl and io_uring", async () => {
    const table = syscallTable(process.arch);
    const calls = Object.entries(table?.denied ?? {});
    const program = calls
      .map(([name, number]) => `$!=0; syscall(${number},0,0,0,0,0); print "${name} ",$!+0,"\n";`)
      .join("");
    const { stdout } = await runInJail(agent, "/usr/bin/perl", ["-e", program]);
    expect(stdout.trim().split("\n")).toEqual(calls.map(([name]) => `${name} ${EPERM}`));
    expect(calls.length).toBeGreaterThan(50);
  });

  it("makes no namespace of its own, and gains nothing from set-uid programs", async () => {
    const table = syscallTable(process.arch);
    const clone = `$!=0; my $pid = syscall(${table?.clone}, 0x10000011, 0, 0, 0, 0); exit 0 if $pid == 0; print $!+0`;
    expect((await runInJail(agent, "/usr/bin/perl", ["-e", clone])).stdout).toBe(String(EPERM));
    expect((await runInJail(agent, "/usr/bin/unshare", ["--user", "true"])).status).not.toBe(0);
    const status = String((await tempt(agent, "read", { path: "/proc/self/status" })).got);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^CapBnd:\s+0+$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
  });

  if (process.arch === "x64")
    it("dies of a call by the x32 interface", async () => {
      const { signal } = await runInJail(agent, "/usr/bin/perl", ["-e", "syscall(0x40000000 + 39)"]);
      expect(signal).toBe("SIGSYS");
    });

  it("fills nothing but its own small folders", async () => {
    const limit = 40 * 1024 * 1024;
    const shared = (await tempt(agent, "fill", { path: "/dev/shm/x", limit })).got as { bytes: number; code: string };
    expect(shared.code).toBe("ENOSPC");
    const tmp = (await tempt(agent, "fill", { path: "/tmp/x", limit })).got as { bytes: number; code: string };
    expect(tmp).toMatchObject({ code: "ENOSPC" });
    expect(tmp.bytes).toBeLessThanOrEqual(16 * 1024 * 1024);
    await tempt(agent, "write", { path: "/run/agent/x" });
    const beside = harness.root
      ? ((await tempt(agent, "fill", { path: "/run/agent/y", limit })).got as { code: string })
      : await tempt(agent, "enlarge", { path: "/run/agent/x", bytes: 200 * 1024 * 1024 });
    expect(beside.code).toMatch(/ENOSPC|EFBIG/);
  });

  if (root)
    it("runs under a host uid of its own, never root's", async () => {
      const waiting = await harness.driver.warmJails();
      const uids = new AgentUids(harness.home);
      const owners = allPids()
        .filter((pid) => readArguments(pid).some((argument) => argument.includes(homeKey(harness.home))))
        .filter((pid) => waiting.every(({ key }) => readArguments(pid).every((argument) => !argument.includes(key))))
        .map((pid) => ownerOf(pid) ?? 0);
      expect(owners.length).toBeGreaterThanOrEqual(4);
      expect(new Set(owners).size).toBe(2);
      for (const owner of owners) expect(owner).toBeGreaterThanOrEqual(uids.first);
    });
  if (root)
    it("gets no more processor than its share", async () => {
      const { got } = await tempt(agent, "spin", { ms: 1_000 });
      expect(Number(got)).toBeLessThan(800);
    });
});

function listening(server: Server, address: number | string): Promise<Server> {
  return new Promise((resolve) => {
    const where = typeof address === "number" ? { port: address, host: "127.0.0.1" } : { path: address };
    server.listen(where, () => {
      resolve(server);
    });
  });
}
