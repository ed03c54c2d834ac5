import { PlatformError } from "@berth/protocol";
import { Meter } from "../digest.ts";
import { ChunkReader } from "./chunk-reader.ts";
import { registryError } from "./registry-errors.ts";
import type { Call, RegistryConnection } from "./registry-connection.ts";
import { discard } from "./registry-http.ts";
import type { RegistryAnswer } from "./registry-http.ts";

export interface BlobUpload {
  readonly connection: RegistryConnection;
  readonly repository: string;
  readonly scopes: readonly string[];
  readonly bytes: AsyncIterable<Uint8Array>;
  readonly digest?: string;
  readonly maxBytes: number;
}

/** What is in memory of a blob at a time; below it, a blob is one request. */
const CHUNK_BYTES = 8 * 1024 * 1024;
const MAX_CHUNK_BYTES = 64 * 1024 * 1024;
const ATTEMPTS = 5;
const OCTETS = { "content-type": "application/octet-stream" };
/** Google's registries take a blob in one piece only. */
const ONE_PIECE = /(?:^|\.)(?:pkg\.dev|gcr\.io)$/;

/** distribution-spec 1.1, "Pushing blobs". Nothing stays there of what is not what it should be. */
export async function uploadBlob(upload: BlobUpload): Promise<{ readonly digest: string; readonly size: number }> {
  const session = await UploadSession.begin(upload);
  const meter = new Meter();
  const reader = new ChunkReader(bounded(upload, meter));
  try {
    const first = await reader.read(session.chunkBytes);
    const host = upload.connection.host.replace(/:\d+$/, "");
    if (reader.isOver) checkDigest(upload, meter);
    else if (upload.digest !== undefined && ONE_PIECE.test(host)) {
      await session.finish(upload.digest, withFirst(first, reader));
      return { digest: upload.digest, size: meter.size };
    } else await sendChunks(session, reader, first);
    checkDigest(upload, meter);
    await session.finish(meter.digest, session.offset > 0 ? new Uint8Array() : first);
    return { digest: meter.digest, size: meter.size };
  } catch (error) {
    await session.abort();
    throw error;
  } finally {
    await reader.close();
  }
}

async function sendChunks(session: UploadSession, reader: ChunkReader, first: Uint8Array): Promise<void> {
  for (let chunk = first; chunk.length > 0; chunk = await reader.read(session.chunkBytes)) await session.append(chunk);
}

async function* withFirst(first: Uint8Array, reader: ChunkReader): AsyncGenerator<Uint8Array> {
  for (let chunk = first; chunk.length > 0; chunk = await reader.read(CHUNK_BYTES)) yield chunk;
}

async function* bounded({ bytes, maxBytes }: BlobUpload, meter: Meter): AsyncGenerator<Uint8Array> {
  for await (const chunk of meter.through(bytes)) {
    if (meter.size > maxBytes)
      throw new PlatformError("REQUEST_TOO_LARGE", `The blob is larger than ${maxBytes} bytes.`);
    yield chunk;
  }
}

function checkDigest({ digest }: BlobUpload, meter: Meter): void {
  if (digest === undefined || digest === meter.digest) return;
  throw new PlatformError("CONTENT_MISMATCH", `The bytes of ${digest} are not what its digest says.`);
}

/** One upload there. Every answer may name another place for the next request. */
class UploadSession {
  readonly chunkBytes: number;
  readonly #upload: BlobUpload;
  #location: string;
  #offset = 0;

  private constructor(upload: BlobUpload, location: string, chunkBytes: number) {
    this.#upload = upload;
    this.#location = location;
    this.chunkBytes = chunkBytes;
  }

  static async begin(upload: BlobUpload): Promise<UploadSession> {
    const { connection, repository, scopes } = upload;
    const url = `/v2/${repository}/blobs/uploads/`;
    const answer = await connection.send({ method: "POST", url, scopes, headers: { "content-length": "0" } });
    if (answer.status !== 202) throw await registryError(answer, connection.host, "begin an upload");
    await discard(answer);
    const least = Number(answer.headers["oci-chunk-min-length"] ?? 0);
    const chunkBytes = Math.min(Math.max(CHUNK_BYTES, Number.isSafeInteger(least) ? least : 0), MAX_CHUNK_BYTES);
    return new UploadSession(upload, locationOf(upload, answer, url), chunkBytes);
  }

  get offset(): number {
    return this.#offset;
  }

  /** What broke off in the middle of a chunk goes on where the registry says it was. */
  async append(chunk: Uint8Array): Promise<void> {
    const { connection } = this.#upload;
    const end = this.#offset + chunk.length;
    for (let attempt = 1; this.#offset < end; attempt += 1) {
      const part = chunk.subarray(chunk.length - (end - this.#offset));
      const range = { "content-range": `${this.#offset}-${end - 1}`, "content-length": String(part.length), ...OCTETS };
      const call: Call = {
        method: "PATCH",
        url: this.#location,
        scopes: this.#upload.scopes,
        headers: range,
        body: part,
        attempts: 1,
      };
      const answer = await connection.send(call).catch((error: unknown) => {
        if (error instanceof PlatformError && error.retryable && attempt < ATTEMPTS) return undefined;
        throw error;
      });
      if (answer?.status === 202) {
        await discard(answer);
        this.#location = locationOf(this.#upload, answer, this.#location);
        this.#offset = end;
        return;
      }
      const mayPass = answer === undefined || answer.status === 416 || answer.status === 429 || answer.status >= 500;
      if (answer !== undefined && (!mayPass || attempt >= ATTEMPTS))
        throw await registryError(answer, connection.host, "take a layer");
      if (answer !== undefined) await discard(answer);
      await connection.pause(attempt);
      await this.#askOffset(end);
    }
  }

  async finish(digest: string, body: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    const { connection, scopes } = this.#upload;
    const url = new URL(this.#location, connection.origin);
    url.searchParams.set("digest", digest);
    const length = body instanceof Uint8Array ? { "content-length": String(body.length) } : {};
    const answer = await connection.send({
      method: "PUT",
      url: url.href,
      scopes,
      headers: { ...OCTETS, ...length },
      body,
    });
    if (answer.status === 404) {
      await discard(answer);
      throw new PlatformError("REGISTRY_FAILED", `The registry ${connection.host} lost the upload.`);
    }
    if (answer.status !== 201 && answer.status !== 204)
      throw await registryError(answer, connection.host, "keep a layer");
    await discard(answer);
  }

  /** As well as it can: the registry forgets what nobody ends. */
  async abort(): Promise<void> {
    const { connection, scopes } = this.#upload;
    try {
      await discard(await connection.send({ method: "DELETE", url: this.#location, scopes, attempts: 1 }));
    } catch {
      // Whoever threw has the better reason.
    }
  }

  async #askOffset(end: number): Promise<void> {
    const { connection, scopes } = this.#upload;
    const answer = await connection.send({ method: "GET", url: this.#location, scopes });
    const last = /^(?:bytes=)?0-(\d+)$/.exec(answer.headers["range"] ?? "")?.[1];
    if (answer.status !== 204 && answer.status !== 202)
      throw await registryError(answer, connection.host, "say how far an upload is");
    await discard(answer);
    this.#location = locationOf(this.#upload, answer, this.#location);
    // Nothing at all is also written as 0-0.
    const there = last === undefined || last === "0" ? 0 : Number(last) + 1;
    if (there < this.#offset || there > end) {
      throw new PlatformError("REGISTRY_FAILED", `The registry ${connection.host} lost a part of the upload.`);
    }
    this.#offset = there;
  }
}

function locationOf({ connection }: BlobUpload, answer: RegistryAnswer, before: string): string {
  const { location } = answer.headers;
  if (location === undefined) return before;
  const url = URL.parse(location, new URL(before, connection.origin));
  const isSafe = url?.protocol === "https:" || (url?.protocol === "http:" && connection.origin.startsWith("http:"));
  if (url === null || !isSafe) {
    throw new PlatformError("REGISTRY_FAILED", `The registry ${connection.host} names no place to upload to.`, {
      retryable: false,
    });
  }
  return url.href;
}
