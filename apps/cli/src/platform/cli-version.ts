import { readFile } from "node:fs/promises";

export async function readCliVersion(): Promise<string> {
  // Our own file: npm gives it a version.
  const manifest = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  return manifest.version;
}
