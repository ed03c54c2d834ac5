import { randomBytes } from "node:crypto";
import { open, readdir, rename } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Signer } from "@berth/ledger";
import { invalidKeyFile, loadOrCreate, loadSigner, makeKeysFolder } from "../keys/key-file.ts";
import { openCheckpointMemory } from "./checkpoint-memory.ts";
import type { KeySuccession, ReceiptKeys, RotatedKey } from "./receipt-keys.ts";

const SALT_KEY_BYTES = 32;
const MAX_CACHED_SIGNERS = 10_000;
const NEXT = ".next.pem";

/**
 * Keys as files: `log.pem`, `control-plane.pem`, `salt.key` and `service-accounts/<agent id>.pem`, made when they are
 * missing; a successor that has not taken over ends in `.next.pem`. The folder belongs to one server at a time (the home
 * lock sees to that).
 * @throws PlatformError HOME_UNWRITABLE, CONFIG_INVALID for a file that is no key or that others may read.
 */
export async function loadReceiptKeys(folder: string): Promise<ReceiptKeys> {
  const accounts = join(folder, "service-accounts");
  await makeKeysFolder(folder);
  await makeKeysFolder(accounts);
  const log = await loadSigner(join(folder, "log.pem"));
  let controlPlane = await loadSigner(join(folder, "control-plane.pem"));
  const witness = await loadSigner(join(folder, "witness.pem"));
  const saltKey = await loadSaltKey(join(folder, "salt.key"));
  const signers = new Map<string, Promise<Signer>>();
  const pathOf = (of: RotatedKey, end = ".pem"): string =>
    of.role === "cp" ? join(folder, `control-plane${end}`) : join(accounts, `${checkedId(of.agentId)}${end}`);

  const rotation: KeySuccession = {
    prepare: async (of) => await loadSigner(pathOf(of, NEXT)),
    async promote(of) {
      if (!(await moveDurably(pathOf(of, NEXT), pathOf(of)))) return;
      if (of.role === "sa") signers.delete(of.agentId);
      else controlPlane = await loadSigner(pathOf(of));
    },
    async prepared() {
      const agents = (await readdir(accounts)).filter((name) => name.endsWith(NEXT));
      const plane = (await readdir(folder)).includes(`control-plane${NEXT}`);
      const waiting: RotatedKey[] = [
        ...(plane ? [{ role: "cp" } as const] : []),
        ...agents.map((name) => ({ role: "sa", agentId: name.slice(0, -NEXT.length) }) as const),
      ];
      return await Promise.all(waiting.map(async (of) => ({ of, signer: await loadSigner(pathOf(of, NEXT)) })));
    },
  };

  return {
    log,
    get controlPlane() {
      return controlPlane;
    },
    saltKey,
    witness,
    lastCheckpoint: openCheckpointMemory(folder),
    rotation,
    // One promise per agent, so that two first uses at once make one key.
    async serviceAccount(agentId) {
      const path = pathOf({ role: "sa", agentId });
      const known = signers.get(agentId);
      if (known !== undefined) return await known;
      const [oldest] = signers.keys();
      if (signers.size >= MAX_CACHED_SIGNERS && oldest !== undefined) signers.delete(oldest);
      const loading = loadSigner(path);
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

/** The id becomes a file name. */
function checkedId(agentId: string): string {
  if (!/^[a-z0-9_]{1,64}$/.test(agentId)) throw new Error("not an agent id");
  return agentId;
}

/** False when there is nothing to move. */
async function moveDurably(from: string, to: string): Promise<boolean> {
  try {
    await rename(from, to);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return false;
    throw error;
  }
  await using folder = await open(dirname(to), "r");
  await folder.sync();
  return true;
}

async function loadSaltKey(path: string): Promise<Uint8Array> {
  const text = await loadOrCreate(path, () => `${randomBytes(SALT_KEY_BYTES).toString("hex")}\n`);
  if (!/^[0-9a-f]{64}\n?$/.test(text)) throw invalidKeyFile(path, "is not 32 bytes in hex");
  return new Uint8Array(Buffer.from(text.trim(), "hex"));
}
