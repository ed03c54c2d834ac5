import { PlatformError } from "@berth/protocol";
import { Meter } from "../digest.ts";
import { discard } from "./registry-http.ts";
import type { RegistryAnswer } from "./registry-http.ts";

export interface BlobDownload {
  readonly digest: string;
  readonly size: number;
  readonly first: RegistryAnswer;
  /** Asks for the rest, from this byte on. */
  readonly resume: (from: number) => Promise<RegistryAnswer>;
  /** Before a try; `attempt` counts those that brought nothing. */
  readonly pause: (attempt: number) => Promise<void>;
}

/** In a row without a byte in between; and in all, for a server that sends a byte at a time. */
const MAX_FRUITLESS = 4;
const MAX_RESUMED = 50;

/**
 * The bytes of a blob. A connection that breaks is taken up where it broke. Nothing is over before the digest is right.
 * @throws CONTENT_MISMATCH, REGISTRY_FAILED, CANCELED
 */
export async function* blobStream({ digest, size, first, resume, pause }: BlobDownload): AsyncGenerator<Uint8Array> {
  const meter = new Meter();
  let answer = first;
  let [skip, fruitless, resumed] = [0, 0, 0];
  for (;;) {
    const before = meter.size;
    let broken: unknown;
    try {
      for await (const chunk of answer.body) {
        const fresh = chunk.subarray(Math.min(skip, chunk.length));
        skip -= chunk.length - fresh.length;
        if (fresh.length === 0) continue;
        if (meter.size + fresh.length > size) throw mismatch(digest);
        meter.add(fresh);
        yield fresh;
      }
    } catch (error) {
      if (error instanceof PlatformError && !error.retryable) throw error;
      broken = error;
    }
    if (meter.size === size) break;
    fruitless = meter.size > before ? 1 : fruitless + 1;
    resumed += 1;
    if (fruitless > MAX_FRUITLESS || resumed > MAX_RESUMED) {
      throw new PlatformError("REGISTRY_FAILED", `The registry breaks off in the middle of ${digest}.`, {
        cause: broken,
      });
    }
    await pause(fruitless);
    answer = await resume(meter.size);
    skip = await startOf(answer, meter.size, digest);
  }
  if (meter.digest !== digest) throw mismatch(digest);
}

/** How many bytes come again: none from a server that knows ranges. */
async function startOf(answer: RegistryAnswer, from: number, digest: string): Promise<number> {
  if (answer.status === 200) return from;
  const start = /^bytes (\d+)-/.exec(answer.headers["content-range"] ?? "")?.[1];
  if (answer.status === 206 && Number(start) === from) return 0;
  await discard(answer);
  throw new PlatformError("REGISTRY_FAILED", `The registry does not give the rest of ${digest} (${answer.status}).`);
}

function mismatch(digest: string): PlatformError {
  return new PlatformError("CONTENT_MISMATCH", `What the registry gives for ${digest} has another digest.`);
}
