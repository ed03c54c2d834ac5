import type { Edge } from "../edge/edge.ts";
import type { Exchange } from "../edge/exchange.ts";
import { sendEmpty } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { sendStream } from "../edge/send-stream.ts";
import { parseRange } from "./byte-range.ts";
import { registryRoute } from "./registry-call.ts";
import type { RegistryParts } from "./registry-call.ts";

/** distribution-spec 1.1, "Pulling blobs", "Deleting Blobs". */
export function blobRoutes(parts: RegistryParts): readonly PlatformRoute[] {
  const { images } = parts.edge.control;
  const path = "/v2/{name...}/blobs/{digest}";
  return [
    registryRoute(parts, {
      method: "GET",
      path,
      policy: "image.read",
      actions: ["pull"],
      summary: "OCI: a blob by its digest, or a range of its bytes",
      answers: "application/octet-stream",
      handle: async (exchange) => await sendBlob(parts.edge, exchange),
    }),
    registryRoute(parts, {
      method: "DELETE",
      path,
      policy: "image.delete",
      actions: ["delete"],
      summary: "OCI: delete a blob that no manifest of the repository names",
      status: 202,
      handle: async (exchange) => {
        await images.deleteBlob(exchange.principal, exchange.param("name"), exchange.param("digest"));
        sendEmpty(exchange, { status: 202 });
      },
    }),
  ];
}

async function sendBlob({ control, limits }: Edge, exchange: Exchange): Promise<void> {
  const { images } = control;
  const { principal, method } = exchange;
  const [name, digest] = [exchange.param("name"), exchange.param("digest")];
  const size = await images.blobSize(principal, name, digest);
  const headers = {
    "Content-Type": "application/octet-stream",
    "Docker-Content-Digest": digest,
    "Accept-Ranges": "bytes",
    ETag: `"${digest}"`,
    // What a digest names never changes; whether one may read it does.
    "Cache-Control": "private, no-cache",
  };
  if (exchange.header("if-none-match") === `"${digest}"`) return sendEmpty(exchange, { status: 304, headers });
  const isWhole = method === "HEAD" || (exchange.header("if-range") ?? `"${digest}"`) !== `"${digest}"`;
  const range = parseRange(isWhole ? undefined : exchange.header("range"), size);
  if (range.kind === "none") {
    return sendEmpty(exchange, { status: 416, headers: { "Content-Range": `bytes */${size}` } });
  }
  const stallMs = limits.streamStallMs;
  if (method === "HEAD") return await sendStream(exchange, nothing(), { length: size, headers, stallMs });
  if (range.kind !== "part") {
    const { bytes } = await images.openBlob(principal, name, digest);
    return await sendStream(exchange, bytes, { length: size, headers, stallMs });
  }
  const { from, to } = range;
  const { bytes } = await images.openBlob(principal, name, digest, { from, to });
  await sendStream(exchange, bytes, {
    status: 206,
    length: to - from,
    headers: { ...headers, "Content-Range": `bytes ${from}-${to - 1}/${size}` },
    stallMs,
  });
}

async function* nothing(): AsyncGenerator<Uint8Array, void, undefined> {
  // HEAD has no body.
}
