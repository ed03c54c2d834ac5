import { join } from "node:path";
import { loadOrCreateSecret, readIfThere } from "./secret-files.ts";

const FILE = "secrets";
const KEY_BYTES = 32;

export interface SecretsKeys {
  readonly current: Uint8Array;
  /** What was sealed under them can still be read. */
  readonly earlier: readonly Uint8Array[];
}

/**
 * The master keys of secrets: those given in the environment, or else the file, which is made on first use. A file that is
 * there beside given keys counts as an earlier key, so that moving from one to the other is no more than setting it.
 */
export async function loadSecretsKeys(folder: string, given: readonly Uint8Array[] | undefined): Promise<SecretsKeys> {
  const [current, ...earlier] = given ?? [];
  const path = join(folder, FILE);
  if (current === undefined) {
    return { current: await loadOrCreateSecret(folder, FILE, KEY_BYTES), earlier: await previousOf(path) };
  }
  const kept = await readIfThere(path);
  return { current, earlier: [...earlier, ...(kept === undefined ? [] : [kept]), ...(await previousOf(path))] };
}

/** `secrets.1`, `secrets.2`, …: whoever rotates the file renames the old one. */
async function previousOf(path: string): Promise<readonly Uint8Array[]> {
  const keys: Uint8Array[] = [];
  for (let index = 1; ; index++) {
    const key = await readIfThere(`${path}.${index}`);
    if (key === undefined) return keys;
    keys.push(key);
  }
}
