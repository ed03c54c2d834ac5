import { createHash } from "node:crypto";
import { stat } from "node:fs/promises";
import { Readable } from "node:stream";
import { baseImageFiles } from "./base-image-files.ts";
import { text } from "./engine-answers.ts";
import { isStatus } from "./engine-client.ts";
import type { EngineClient } from "./engine-client.ts";
import { tarStream } from "./tar-stream.ts";
import type { TarEntry } from "./tar-stream.ts";

/** Of the repository, which has the key of the files behind it: podman gives all that it imports the same tag. */
const PREFIX = "berth-base-";
const TAG = "latest";
const IMPORT_TIMEOUT_MS = 180_000;

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
    const engine = this.#engine;
    const present = await digestOf(engine, `${repository}:${TAG}`);
    if (present !== undefined) return present;
    const query = new URLSearchParams({ fromSrc: "-", repo: repository, tag: TAG });
    await engine.call("POST", `/images/create?${query}`, {
      stream: Readable.from(tarStream(entries)),
      timeoutMs: IMPORT_TIMEOUT_MS,
    });
    const made = await digestOf(engine, `${repository}:${TAG}`);
    if (made === undefined) throw new Error("the container engine did not keep the base image");
    return made;
  }

  async #collect(): Promise<{ readonly entries: readonly TarEntry[]; readonly repository: string }> {
    const entries = await baseImageFiles(this.#nodePath, this.#programs);
    return { entries, repository: `${PREFIX}${await keyOf(entries)}` };
  }
}

async function digestOf(engine: EngineClient, name: string): Promise<string | undefined> {
  try {
    return text(await engine.call("GET", `/images/${encodeURIComponent(name)}/json`), "Id");
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
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
