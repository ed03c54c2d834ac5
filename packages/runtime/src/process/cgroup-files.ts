import { readFileSync, readdirSync } from "node:fs";
import { rmdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

/** The last process may still be leaving. */
const REMOVE_TIMEOUT_MS = 3_000;
const FREEZE_TIMEOUT_MS = 2_000;

/** Never creates a file: where the kernel offers none, ours would only look like a limit. */
export function write(folder: string, file: string, value: string | number): Promise<void> {
  return writeFile(join(folder, file), String(value), { flag: "r+" });
}

export function tryWrite(folder: string, file: string, value: string | number): Promise<boolean> {
  return write(folder, file, value).then(
    () => true,
    () => false,
  );
}

export function read(folder: string, file: string): string {
  try {
    return readFileSync(join(folder, file), "utf8");
  } catch {
    return "";
  }
}

export function readPids(folder: string): number[] {
  return read(folder, "cgroup.procs").split("\n").filter(Boolean).map(Number);
}

/** The number behind a key in a flat-keyed file. */
export function readKey(folder: string, file: string, key: string): number | undefined {
  const value = new RegExp(`^${key} (\\d+)$`, "m").exec(read(folder, file))?.[1];
  return value === undefined ? undefined : Number(value);
}

export function subgroups(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map((entry) => join(folder, entry.name));
  } catch {
    return [];
  }
}

export async function waitFor(condition: () => boolean): Promise<boolean> {
  for (const deadline = Date.now() + FREEZE_TIMEOUT_MS; Date.now() < deadline; await delay(5)) {
    if (condition()) return true;
  }
  return condition();
}

/** A group cannot be removed while a process is in it, dying ones included. */
export async function removeGroup(folder: string): Promise<void> {
  for (const deadline = Date.now() + REMOVE_TIMEOUT_MS; ; await delay(10)) {
    try {
      await rmdir(folder);
      return;
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      if (code === "ENOENT") return;
      if (code !== "EBUSY" || Date.now() > deadline) throw error;
    }
  }
}
