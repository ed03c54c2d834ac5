import { PlatformError } from "@berth/protocol";

/** For what is small: manifests, configs, answers. @throws REQUEST_TOO_LARGE */
export async function readAll(bytes: AsyncIterable<Uint8Array>, maxBytes: number, what: string): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of bytes) {
    size += chunk.length;
    if (size > maxBytes) throw new PlatformError("REQUEST_TOO_LARGE", `${what} is larger than ${maxBytes} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, size);
}
