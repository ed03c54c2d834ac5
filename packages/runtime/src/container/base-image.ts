import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { baseImageFiles } from "./base-image-files.ts";
import type { EngineClient } from "./engine-client.ts";
import { ensureImage } from "./engine-images.ts";
import type { TarEntry } from "./tar-stream.ts";

const PREFIX = "berth-base-";

/**
 * The image that agents run in, made of this machine's own files: a registry may not be reachable. The engine keeps it
 * under a name that says which files they were, so that it is made once, and again when Node is another one.
 */
export class BaseImage {
  readonly #engine: EngineClient;
  readonly #nodePath: string;
  readonly #programs: readonly string[];
  #files: Promise<{ readonly entries: readonly TarEntry[]; readonly repository: string }> | undefined;
  #making: Promise<string> | undefined;

  constructor(engine: EngineClient, nodePath: string, programs: readonly string[]) {
    this.#engine = engine;
    this.#nodePath = nodePath;
    this.#programs = programs;
  }

  /** Its digest. Looked up every time: whoever cleans up an engine's images may have taken it. */
  digest(): Promise<string> {
    this.#making ??= this.#ensure().finally(() => (this.#making = undefined));
    return this.#making;
  }

  async #ensure(): Promise<string> {
    const { entries, repository } = await (this.#files ??= this.#collect());
    return await ensureImage(this.#engine, repository, () => entries);
  }

  async #collect(): Promise<{ readonly entries: readonly TarEntry[]; readonly repository: string }> {
    const entries = await baseImageFiles(this.#nodePath, this.#programs);
    return { entries, repository: `${PREFIX}${await keyOf(entries)}` };
  }
}

async function keyOf(entries: readonly TarEntry[]): Promise<string> {
  const hash = createHash("sha256");
  for (const entry of entries) {
    hash.update(JSON.stringify(entry));
    if (entry.kind !== "file") continue;
    const { size, mtimeMs } = await stat(entry.source);
    hash.update(`${size} ${mtimeMs}`);
  }
  return hash.digest("hex").slice(0, 24);
}
