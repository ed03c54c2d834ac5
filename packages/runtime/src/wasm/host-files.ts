import { createHash, randomUUID } from "node:crypto";
import { chmod, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeFolder, releasesFolder } from "../driver/base-folder.ts";

/** What the program consists of: its own folder, and the package it shares with builds, which a jail cannot look up. */
const SOURCES = [
  { from: fileURLToPath(new URL("host/", import.meta.url)), to: "" },
  { from: dirname(fileURLToPath(import.meta.resolve("@berth/wasm"))), to: "wasm/" },
] as const;
const MANIFEST = JSON.stringify({ type: "module", imports: { "#wasm": "./wasm/index.ts" } });
export const HOST_ENTRY = "main.ts";

/** Copies the host's program to where a jail can mount it, once per content. */
export async function writeHostFiles(home: string): Promise<string> {
  const copied = await Promise.all(SOURCES.map(async ({ from, to }) => await readSources(from, to)));
  const files = [{ name: "package.json", text: Buffer.from(MANIFEST) }, ...copied.flat()];
  const digest = createHash("sha256");
  for (const { name, text } of files) digest.update(`${name}\0${text.length}\0`).update(text);
  const folder = join(releasesFolder(home), `.wasm-host-${digest.digest("hex").slice(0, 16)}`);
  if (await exists(folder)) return folder;
  const draft = `${folder}.${randomUUID()}`;
  for (const { name, text } of files) {
    await makeFolder(dirname(join(draft, name)), 0o755);
    await writeFile(join(draft, name), text);
    await chmod(join(draft, name), 0o644);
  }
  await chmod(draft, 0o755);
  await rename(draft, folder).catch(async (error: unknown) => {
    await rm(draft, { recursive: true, force: true });
    // Somebody else may have made the same in the meantime.
    if (!(await exists(folder))) throw error;
  });
  return folder;
}

async function readSources(
  from: string,
  to: string,
): Promise<readonly { readonly name: string; readonly text: Buffer }[]> {
  const names = (await readdir(from, { recursive: true }))
    .filter((name) => name.endsWith(".ts") && !/\.(test|fixture)\.ts$/.test(name))
    .toSorted();
  return await Promise.all(names.map(async (name) => ({ name: to + name, text: await readFile(join(from, name)) })));
}

async function exists(path: string): Promise<boolean> {
  return await stat(path).then(
    () => true,
    () => false,
  );
}
