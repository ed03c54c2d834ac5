import { Readable } from "node:stream";
import { text } from "./engine-answers.ts";
import { isStatus } from "./engine-client.ts";
import type { EngineClient } from "./engine-client.ts";
import { tarStream } from "./tar-stream.ts";
import type { TarEntry } from "./tar-stream.ts";

const TAG = "latest";
const IMPORT_TIMEOUT_MS = 180_000;

/**
 * The digest of the engine's image of that repository, which is made of the entries where there is none. The repository has
 * the key of the files behind it and not the tag: podman gives all that it imports the same tag.
 */
export async function ensureImage(
  engine: EngineClient,
  repository: string,
  entries: () => Iterable<TarEntry> | AsyncIterable<TarEntry>,
): Promise<string> {
  const present = await digestOf(engine, `${repository}:${TAG}`);
  if (present !== undefined) return present;
  const query = new URLSearchParams({ fromSrc: "-", repo: repository, tag: TAG });
  await engine.call("POST", `/images/create?${query}`, {
    stream: Readable.from(tarStream(entries())),
    timeoutMs: IMPORT_TIMEOUT_MS,
  });
  const made = await digestOf(engine, `${repository}:${TAG}`);
  if (made === undefined) throw new Error("the container engine did not keep the image");
  return made;
}

async function digestOf(engine: EngineClient, name: string): Promise<string | undefined> {
  try {
    return text(await engine.call("GET", `/images/${encodeURIComponent(name)}/json`), "Id");
  } catch (error) {
    if (isStatus(error, 404)) return undefined;
    throw error;
  }
}
