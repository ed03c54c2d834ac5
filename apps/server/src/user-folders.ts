import { homedir } from "node:os";
import { join } from "node:path";

/** What a path with `~` at its beginning stands for. */
export function expandHome(path: string): string {
  return path === "~" || path.startsWith("~/") ? homedir() + path.slice(1) : path;
}

/** Below the user's caches (XDG Base Directory Specification): what all homes share and can make again. */
export function cacheFolderOf(env: Readonly<Record<string, string | undefined>>): string {
  const caches = env["XDG_CACHE_HOME"];
  return join(caches === undefined || caches === "" ? join(homedir(), ".cache") : caches, "berth");
}
