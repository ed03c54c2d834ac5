import { chmod, mkdir, readFile, stat } from "node:fs/promises";
import { PlatformError } from "@berth/protocol";
import type { Signer } from "@berth/ledger";
import { createKeyPair, signerFromPkcs8 } from "./key-pair.ts";
import { writeSecretFile } from "./write-secret-file.ts";

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
  await replaceKeyFile(path, text);
  return text;
}

/** The text takes the place of what the file had. Whole or not at all, durably. @throws PlatformError HOME_UNWRITABLE */
export async function replaceKeyFile(path: string, text: string): Promise<void> {
  try {
    await writeSecretFile(path, text);
  } catch (cause) {
    throw unwritable(path, cause);
  }
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
