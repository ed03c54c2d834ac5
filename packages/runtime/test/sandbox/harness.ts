import {
  chmodSync,
  chownSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { baseFolder, homeKey, instanceKey, isRoot, runFolder } from "../../src/driver/base-folder.ts";
import { allPids, isAlive, ownerOf, readArguments, readEnvironment } from "../../src/driver/process-tree.ts";
import { AgentUids } from "../../src/process/agent-uid.ts";
import type { DriverHarness } from "../../src/sandbox-driver.contract.ts";
import { RemoteDriver } from "./remote-driver.ts";

const NOBODY = 65_534;

export interface PlatformUser {
  readonly name: string;
  readonly uid: number | undefined;
  readonly root: boolean;
}

/** As root both ways of making a jail can be tried; another user has only the second. */
export function platformUsers(): readonly PlatformUser[] {
  if (!isRoot()) return [{ name: "this user", uid: undefined, root: false }];
  return [
    { name: "root", uid: undefined, root: true },
    { name: "a plain user", uid: NOBODY, root: false },
  ];
}

export interface RemoteHarness extends DriverHarness {
  readonly driver: RemoteDriver;
  readonly home: string;
  readonly root: boolean;
}

/** A driver in its own process and home; `uid` runs it as that user, which only root can. */
export async function openHarness(kind: "process" | "unconfined", uid?: number): Promise<RemoteHarness> {
  const top = mkdtempSync("/tmp/berth-");
  const home = join(top, "home");
  mkdirSync(home);
  for (const folder of [top, home]) {
    if (uid !== undefined) chownSync(folder, uid, uid);
  }
  const root = isRoot() && uid === undefined;
  // The folder of the home's jails is decided by who runs; a driver of another user has them in its home.
  const base = root ? baseFolder(home) : home;
  const run = root ? runFolder(home, kind) : join(home, "run", kind);
  if (root) chmodSync(top, 0o755);
  const releases = root ? join(base, "releases") : join(top, "releases");
  mkdirSync(releases, { recursive: true });
  if (root) chmodSync(base, 0o711);
  chmodSync(releases, 0o755);
  let driver = new RemoteDriver(kind, home, uid);
  let count = 0;

  const leftovers = (): readonly string[] => findLeftovers(home, run, root);
  return {
    get driver() {
      return driver;
    },
    home,
    root,
    unavoidableVariables: kind === "process" ? ["PWD"] : [],
    release: (source) => {
      const folder = join(releases, String(++count));
      mkdirSync(folder);
      writeFileSync(join(folder, "agent.cjs"), source);
      chmodSync(folder, 0o755);
      chmodSync(join(folder, "agent.cjs"), 0o644);
      return Promise.resolve(folder);
    },
    leftovers: () => Promise.resolve(leftovers()),
    leaveStaleSocket: (instanceId) => {
      const folder = join(run, instanceKey(instanceId));
      mkdirSync(join(folder, "agent"), { recursive: true });
      for (const file of ["agent.sock", "agent/agent.sock"]) writeFileSync(join(folder, file), "");
      for (const path of [
        folder,
        join(folder, "agent"),
        join(folder, "agent.sock"),
        join(folder, "agent/agent.sock"),
      ]) {
        if (uid !== undefined) chownSync(path, uid, uid);
      }
      return Promise.resolve();
    },
    replaceKilled: async () => {
      await driver.kill();
      driver = new RemoteDriver(kind, home, uid);
      return driver;
    },
    [Symbol.asyncDispose]: async () => {
      await driver.close().catch(() => {});
      await driver.kill();
      rmSync(top, { recursive: true, force: true });
      if (root) rmSync(base, { recursive: true, force: true });
    },
  };
}

function findLeftovers(home: string, run: string, root: boolean): readonly string[] {
  const uids = new AgentUids(home);
  const marks = [homeKey(home), `BERTH_LISTEN=${run}/`];
  const processes = allPids().filter((pid) => {
    if (!isAlive(pid)) return false;
    const owner = ownerOf(pid) ?? 0;
    if (root && owner >= uids.first && owner <= uids.last) return true;
    return [...readArguments(pid).slice(0, 3), ...readEnvironment(pid)].some((text) =>
      marks.some((mark) => text.includes(mark)),
    );
  });
  const mounts = readFileSync("/proc/self/mountinfo", "utf8")
    .split("\n")
    .filter((line) => line.includes(` ${run}/`));
  return [
    ...processes.map((pid) => `process ${pid}: ${readArguments(pid).join(" ")}`),
    ...mounts,
    ...list(run).map((name) => join(run, name)),
    ...findGroups(home),
  ];
}

function findGroups(home: string): string[] {
  const top = "/sys/fs/cgroup";
  const folders = [top, ...list(top).map((name) => join(top, name))].map((folder) =>
    join(folder, `berth-${homeKey(home)}`),
  );
  return folders.flatMap((folder) => list(folder, true).map((name) => join(folder, name)));
}

function list(folder: string, foldersOnly = false): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => !foldersOnly || entry.isDirectory())
      .map((entry) => entry.name);
  } catch {
    return [];
  }
}
