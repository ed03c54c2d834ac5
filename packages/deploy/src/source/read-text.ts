import { readFile } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { SourceEntry } from "./list-source-files.ts";

const MAX_BYTES = 8 * 1024 * 1024;

/** A file of the source that is read whole, or undefined when there is none. @throws CONFIG_INVALID when it is too large */
export async function readText(files: readonly SourceEntry[], path: string): Promise<string | undefined> {
  const found = files.find((entry) => entry.path === path);
  if (found === undefined) return undefined;
  if (found.size > MAX_BYTES) throw new PlatformError("CONFIG_INVALID", `${path} is larger than 8 MiB.`);
  return (await readFile(found.file, "utf8")).replace(/^\uFEFF/, "");
}
