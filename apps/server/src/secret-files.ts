import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeSecretFile } from "@berth/control";

/** The bytes of a secret that is made on first use. */
export async function loadOrCreateSecret(folder: string, name: string, length: number): Promise<Uint8Array> {
  const path = join(folder, name);
  const known = await readIfThere(path);
  if (known !== undefined) {
    if (known.length !== length) throw new Error(`${path} should hold ${length} bytes, and holds ${known.length}`);
    return known;
  }
  const secret = randomBytes(length);
  await writeSecretFile(path, secret);
  return secret;
}

export async function readIfThere(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
