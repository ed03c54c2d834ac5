import { constants } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { APP_FOLDER } from "@berth/protocol";
import { releaseFolder } from "../deploys/release-spec.ts";
import type { Apps } from "./apps.ts";

const MAX_PATH = 512;

export function createApps(releasesFolder: string): Apps {
  return {
    async file({ digest, config }, path) {
      if (config.frontend === undefined || !isPlain(path)) return undefined;
      const bytes = await readRegular(join(releaseFolder(releasesFolder, digest), APP_FOLDER, path));
      return bytes === undefined ? undefined : { path, bytes };
    },
  };
}

/** Names between slashes, none of which means anything to a file system. */
function isPlain(path: string): boolean {
  // oxlint-disable-next-line no-control-regex -- what this refuses
  if (path.length > MAX_PATH || /[\\\u0000-\u001f\u007f]/.test(path)) return false;
  return path.split("/").every((part) => part !== "" && part !== "." && part !== "..");
}

async function readRegular(file: string): Promise<Uint8Array | undefined> {
  try {
    await using handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    return (await handle.stat()).isFile() ? await handle.readFile() : undefined;
  } catch (error) {
    if (error instanceof Error && "code" in error && ABSENT.has(String(error.code))) return undefined;
    throw error;
  }
}

const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ELOOP", "EISDIR", "ENAMETOOLONG"]);
