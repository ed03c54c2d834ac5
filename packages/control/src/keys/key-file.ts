import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { Signer } from "@berth/ledger";
import { createKeyPair, signerFromPkcs8 } from "./key-pair.ts";

/** A folder that only the platform's own user may look into. @throws PlatformError HOME_UNWRITABLE */
export async function makeKeysFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
}

/**
 * The Ed25519 key in this file, made when there is none.
 * @throws PlatformError HOME_UNWRITABLE, CONFIG_INVALID for a file that is no key or that others may read.
 */
export async function loadSigner(path: string): Promise<Signer> {
  const pem = await loadOrCreate(path, () => createKeyPair().pem);
  try {
    return signerFromPkcs8(pem);
  } catch (cause) {
    throw invalidKeyFile(path, "is not an Ed25519 private key in PKCS#8 PEM form", cause);
  }
}

/** The text of a secret file, made and written durably when there is none. Throws as `loadSigner` does. */
export async function loadOrCreate(path: string, create: () => string): Promise<string> {
  try {
    // Windows has no such mode bits.
    if (process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0) {
      throw invalidKeyFile(path, "may be read by others", undefined, `Run: chmod 600 ${path}`);
    }
    return await readFile(path, "utf8");
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const text = create();
  try {
    await writeDurably(path, text);
  } catch (cause) {
    throw unwritable(path, cause);
  }
  return text;
}

/** Whole or not at all, and still there after a power loss: a key that signed something must not vanish. */
async function writeDurably(path: string, text: string): Promise<void> {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  try {
    await using file = await open(temporary, "wx", 0o600);
    await file.writeFile(text);
    await file.sync();
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await using folder = await open(dirname(path), "r");
  await folder.sync();
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "ENOENT";
}

function unwritable(path: string, cause: unknown): PlatformError {
  return new PlatformError("HOME_UNWRITABLE", `The key file ${path} cannot be written.`, { cause });
}

export function invalidKeyFile(path: string, what: string, cause?: unknown, hint?: string): PlatformError {
  return new PlatformError("CONFIG_INVALID", `The key file ${path} ${what}.`, {
    cause,
    hint: hint ?? "Restore it from a backup; a new key would not match what the old one signed.",
  });
}
