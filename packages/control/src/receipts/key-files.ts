import { randomBytes } from "node:crypto";
import { join } from "node:path";
import type { Signer } from "@berth/ledger";
import { invalidKeyFile, loadOrCreate, loadSigner, makeKeysFolder } from "../keys/key-file.ts";
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
  await makeKeysFolder(folder);
  await makeKeysFolder(accounts);
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

async function loadSaltKey(path: string): Promise<Uint8Array> {
  const text = await loadOrCreate(path, () => `${randomBytes(SALT_KEY_BYTES).toString("hex")}\n`);
  if (!/^[0-9a-f]{64}\n?$/.test(text)) throw invalidKeyFile(path, "is not 32 bytes in hex");
  return new Uint8Array(Buffer.from(text.trim(), "hex"));
}
