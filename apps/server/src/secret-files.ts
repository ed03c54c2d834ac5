import { randomBytes } from "node:crypto";
import { open, readFile, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

/** A file only its owner can read, whole or not there: written beside, synced, renamed. */
export async function writeSecretFile(path: string, content: string | Uint8Array): Promise<void> {
  const draft = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const file = await open(draft, "wx", 0o600);
  try {
    await file.writeFile(content);
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(draft, path);
  const folder = await open(dirname(path), "r");
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

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
