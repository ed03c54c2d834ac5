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
import type { ProgramSpec } from "../../src/sandbox-driver.ts";
import type { DriverHarness } from "../../src/sandbox-driver.contract.ts";
import type { TestEngine } from "./engine.ts";
import type { ProcessDriver } from "../../src/process/process-driver.ts";
import { RemoteDriver } from "./remote-driver.ts";
import type { DriverKind } from "./remote-driver.ts";

const NOBODY = 65_534;
/** What the build gives programs that are CommonJS. */
const REQUIRE = 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);\n';

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

/** The process driver both ways: an agent in a jail that waited for it must find what one in a jail of its own finds. */
export function jailKinds(): readonly (PlatformUser & { readonly kind: "process" | "warm" })[] {
  return platformUsers().flatMap((user) => [
    { ...user, kind: "process" as const },
    { ...user, kind: "warm" as const },
  ]);
}

export interface RemoteHarness extends DriverHarness {
  readonly driver: RemoteDriver;
  readonly home: string;
  readonly root: boolean;
}

/**
 * A driver in its own process and home; `uid` runs it as that user, which only root can. `program` runs its releases
 * instead of the platform's Node.
 */
export async function openHarness(
  kind: DriverKind,
  uid?: number,
  engine?: TestEngine,
  program?: ProgramSpec,
): Promise<RemoteHarness> {
  const top = mkdtempSync("/tmp/berth-");
  const home = join(top, "home");
  mkdirSync(home);
  for (const folder of [top, home]) {
    if (uid !== undefined) chownSync(folder, uid, uid);
  }
  const root = isRoot() && uid === undefined;
  // The folder of the home's jails is decided by who runs; a driver of another user has them in its home.
  const base = root ? baseFolder(home) : home;
  const driverName = kind === "warm" ? "process" : kind;
  const run = root ? runFolder(home, driverName) : join(home, "run", driverName);
  if (root) chmodSync(top, 0o755);
  const releases = root ? join(base, "releases") : join(top, "releases");
  mkdirSync(releases, { recursive: true });
  if (root) chmodSync(base, 0o711);
  chmodSync(releases, 0o755);
  let driver = new RemoteDriver(kind, home, uid, engine?.socketPath);
  let count = 0;

  let killed = false;
  const leftovers = async (): Promise<readonly string[]> => {
    if (kind === "warm" && !driver.isClosed) return await withoutWaiting(driver, () => findLeftovers(home, run, root));
    if (kind !== "wasm") return findLeftovers(home, run, root);
    // The process that agents share stays for the next one; only the end of the driver ends it.
    const shared = root ? runFolder(home, "process") : join(home, "run", "process");
    return [...list(run), ...(killed || driver.isClosed ? findLeftovers(home, shared, root) : [])];
  };
  return {
    get driver() {
      return driver;
    },
    home,
    root,
    ...(program === undefined ? {} : { program }),
    // A program is always given one.
    unavoidableVariables: program !== undefined ? ["PATH"] : driverName === "process" ? ["PWD"] : [],
    ...(kind === "warm" ? { entry: "agent.mjs" } : {}),
    release: (source) => {
      const folder = join(releases, String(++count));
      mkdirSync(folder);
      const name = kind === "warm" ? "agent.mjs" : "agent.cjs";
      const file = join(folder, typeof source === "string" ? name : "agent.wasm");
      writeFileSync(file, kind === "warm" ? `${REQUIRE}${String(source)}` : source);
      // A file of its release that agents may look for.
      if (kind === "warm") writeFileSync(join(folder, "agent.cjs"), "", { mode: 0o644 });
      chmodSync(folder, 0o755);
      chmodSync(file, 0o644);
      return Promise.resolve(folder);
    },
    leftovers: async () => [...(await leftovers()), ...((await engine?.containers(homeKey(home))) ?? [])],
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
      killed = true;
      driver = new RemoteDriver(kind, home, uid, engine?.socketPath);
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

/** Jails that wait are no leftovers of the agents that came and went. */
export async function withoutWaiting(
  driver: Pick<ProcessDriver, "warmJails">,
  find: () => readonly string[] | Promise<readonly string[]>,
): Promise<readonly string[]> {
  const waiting = await driver.warmJails();
  return (await find()).filter((line) =>
    waiting.every(({ key, pids }) => !line.includes(key) && !pids.some((pid) => line.startsWith(`process ${pid}:`))),
  );
}

function findLeftovers(home: string, run: string, root: boolean): readonly string[] {
  const uids = [new AgentUids(home), new AgentUids(home, "container")];
  const marks = [homeKey(home), `BERTH_LISTEN=${run}/`];
  const processes = allPids().filter((pid) => {
    if (!isAlive(pid)) return false;
    const owner = ownerOf(pid) ?? 0;
    if (root && uids.some(({ first, last }) => owner >= first && owner <= last)) return true;
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
