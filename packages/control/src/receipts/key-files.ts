import { randomBytes } from "node:crypto";
import { chmod, mkdir, open, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { PlatformError } from "@berth/protocol";
import type { Signer } from "@berth/ledger";
import { createKeyPair, signerFromPkcs8 } from "./receipt-keys.ts";
import type { ReceiptKeys } from "./receipt-keys.ts";

const SALT_KEY_BYTES = 32;
const MAX_CACHED_SIGNERS = 10_000;

/**
 * Keys as files: `log.pem`, `control-plane.pem`, `salt.key` and `service-accounts/<agent id>.pem`, made when they are
 * missing. The folder belongs to one server at a time (the home lock sees to that).
 * @throws PlatformError HOME_UNWRITABLE, CONFIG_INVALID for a file that is no key or that others may read.
 */
export async function loadReceiptKeys(folder: string): Promise<ReceiptKeys> {
  const accounts = join(folder, "service-accounts");
  try {
    await mkdir(accounts, { recursive: true, mode: 0o700 });
    await chmod(folder, 0o700);
  } catch (cause) {
    throw unwritable(folder, cause);
  }
  const log = await loadSigner(join(folder, "log.pem"));
  const controlPlane = await loadSigner(join(folder, "control-plane.pem"));
  const saltKey = await loadSaltKey(join(folder, "salt.key"));
  const signers = new Map<string, Promise<Signer>>();

  return {
    log,
    controlPlane,
    saltKey,
    // One promise per agent, so that two first uses at once make one key.
    async serviceAccount(agentId) {
      // The id becomes a file name.
      if (!/^[a-z0-9_]{1,64}$/.test(agentId)) throw new Error("not an agent id");
      const known = signers.get(agentId);
      if (known !== undefined) return await known;
      const [oldest] = signers.keys();
      if (signers.size >= MAX_CACHED_SIGNERS && oldest !== undefined) signers.delete(oldest);
      const loading = loadSigner(join(accounts, `${agentId}.pem`));
      signers.set(agentId, loading);
      try {
        return await loading;
      } catch (error) {
        signers.delete(agentId);
        throw error;
      }
    },
  };
}

async function loadSigner(path: string): Promise<Signer> {
  const pem = await loadOrCreate(path, () => createKeyPair().pem);
  try {
    return signerFromPkcs8(pem);
  } catch (cause) {
    throw invalid(path, "is not an Ed25519 private key in PKCS#8 PEM form", cause);
  }
}

async function loadSaltKey(path: string): Promise<Uint8Array> {
  const text = await loadOrCreate(path, () => `${randomBytes(SALT_KEY_BYTES).toString("hex")}\n`);
  if (!/^[0-9a-f]{64}\n?$/.test(text)) throw invalid(path, "is not 32 bytes in hex");
  return new Uint8Array(Buffer.from(text.trim(), "hex"));
}

async function loadOrCreate(path: string, create: () => string): Promise<string> {
  try {
    // Windows has no such mode bits.
    if (process.platform !== "win32" && ((await stat(path)).mode & 0o077) !== 0) {
      throw invalid(path, "may be read by others", undefined, `Run: chmod 600 ${path}`);
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

function invalid(path: string, what: string, cause?: unknown, hint?: string): PlatformError {
  return new PlatformError("CONFIG_INVALID", `The key file ${path} ${what}.`, {
    cause,
    hint: hint ?? "Restore it from a backup; a new key would not match what the old one signed.",
  });
}
