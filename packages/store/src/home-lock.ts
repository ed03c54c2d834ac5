import { PlatformError } from "@berth/protocol";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { DatabaseSync } from "node:sqlite";

export interface HomeLock {
  /** Twice is harmless. */
  release(): void;
}

/** A connection that is collected as garbage lets go of its lock, so what is held is reachable, whatever the caller keeps. */
const held = new Set<DatabaseSync>();

/**
 * Makes `folder` ours until `release` or the death of this process, however it dies: the lock is one that the kernel
 * holds for us, taken by SQLite on a database that stays empty, because Node has no file locks of its own.
 * @throws PlatformError HOME_LOCKED when another process has it, HOME_UNWRITABLE when the folder cannot be used.
 */
export function lockHome(folder: string): HomeLock {
  const home = path.resolve(folder);
  const pidFile = path.join(home, "lock.pid");
  const db = openLockFile(home);
  try {
    db.exec("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE");
  } catch (error) {
    db.close();
    throw isBusy(error) ? locked(home, pidFile, error) : unwritable(home, error);
  }
  held.add(db);
  writeFileSync(pidFile, `${process.pid}\n`, { mode: 0o600 });
  return {
    release: () => {
      if (!held.delete(db)) return;
      rmSync(pidFile, { force: true });
      db.close();
    },
  };
}

function openLockFile(home: string): DatabaseSync {
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 });
    return new DatabaseSync(path.join(home, "lock.db"), { timeout: 0 });
  } catch (error) {
    throw unwritable(home, error);
  }
}

/** SQLITE_BUSY, https://www.sqlite.org/rescode.html#busy */
function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}

function locked(home: string, pidFile: string, cause: unknown): PlatformError {
  const pid = ownerOf(pidFile);
  const owner = pid === undefined ? "another process" : `process ${pid}`;
  return new PlatformError("HOME_LOCKED", `${home} is in use by ${owner}.`, {
    cause,
    hint: "Stop it, or choose another folder (BERTH_HOME).",
    ...(pid === undefined ? {} : { metadata: { pid: String(pid) } }),
  });
}

/** Only for the message; the lock itself does not depend on it. */
function ownerOf(pidFile: string): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile, "utf8"));
    return Number.isInteger(pid) && pid > 0 ? pid : undefined;
  } catch {
    return undefined;
  }
}

export function unwritable(home: string, cause: unknown): PlatformError {
  return new PlatformError("HOME_UNWRITABLE", `${home} cannot be written.`, {
    cause,
    hint: `Give this user the folder (chown -R "$(id -u)" ${home}), or choose another one (BERTH_HOME).`,
  });
}
