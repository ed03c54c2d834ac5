import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

const FILE = ".node";

/**
 * Which platform's folders these are. Another platform on the same database has other ones, with other work in them, and
 * leaves these deployments alone.
 */
export async function nodeId(folder: string, fresh: () => string): Promise<string> {
  const file = join(folder, FILE);
  const known = await readFile(file, "utf8").catch(() => "");
  if (/^\w{8,64}$/.test(known)) return known;
  const id = fresh();
  await mkdir(folder, { recursive: true });
  await writeFile(`${file}.new`, id);
  await rename(`${file}.new`, file);
  return id;
}
