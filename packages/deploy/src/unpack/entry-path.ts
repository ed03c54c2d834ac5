import { PlatformError } from "@berth/protocol";

export interface PathLimits {
  readonly maxPathLength: number;
  readonly maxDepth: number;
}

/**
 * The path of an archive entry as one we will write: relative, `/` between the parts, no part that means anything to a
 * file system. The name is attacker-controlled: whatever is odd is refused, never repaired.
 * @throws ARCHIVE_REFUSED
 */
export function parseEntryPath(name: string, limits: PathLimits): string {
  const shown = JSON.stringify(name.length > 120 ? `${name.slice(0, 120)}…` : name);
  const refuse = (why: string): PlatformError => new PlatformError("ARCHIVE_REFUSED", `Archive entry ${shown} ${why}.`);

  if (name.length > limits.maxPathLength) throw refuse(`has a path longer than ${limits.maxPathLength} characters`);
  // U+FFFD stands for bytes that were not UTF-8: two different names would become one.
  if (/[\p{Cc}\ufffd]/u.test(name)) throw refuse("has control characters or invalid UTF-8 in its path");
  if (name.includes("\\")) throw refuse("has a backslash in its path");
  if (name.startsWith("/") || /^[a-zA-Z]:/.test(name)) throw refuse("has an absolute path");

  const path = name.replace(/^\.\//, "").replace(/\/$/, "");
  const parts = path.split("/");
  if (path === "" || path === ".") return "";
  if (parts.includes("..")) throw refuse('has ".." in its path');
  if (parts.some((part) => part === "" || part === ".")) throw refuse("has an empty part in its path");
  if (parts.length > limits.maxDepth) throw refuse(`lies more than ${limits.maxDepth} folders deep`);
  return path;
}

/** Paths with the same key are one file on a file system that folds case or normalizes Unicode. */
export function collisionKey(path: string): string {
  return path.normalize("NFC").toLowerCase();
}
