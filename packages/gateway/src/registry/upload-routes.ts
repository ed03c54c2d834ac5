import type { Upload } from "@berth/control";
import { PlatformError, isPlatformError } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";
import { assertPlain } from "../edge/read-body.ts";
import { leaveBody, receiveBody } from "../edge/receive-body.ts";
import { sendEmpty } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { parseContentRange } from "./byte-range.ts";
import { pathTo, registryRoute } from "./registry-call.ts";
import type { RegistryParts } from "./registry-call.ts";

/** distribution-spec 1.1, "Pushing blobs": at once, in pieces, or mounted from another repository. */
export function uploadRoutes(parts: RegistryParts): readonly PlatformRoute[] {
  const { images } = parts.edge.control;
  const path = "/v2/{name...}/blobs/uploads/{upload}";
  return [
    registryRoute(parts, {
      path: "/v2/{name...}/blobs/uploads/",
      method: "POST",
      policy: "image.write",
      actions: ["push"],
      summary: "OCI: begin an upload; with `digest` the body is all of it, with `mount` another repository has it",
      query: [
        { name: "digest", description: "Of the body, which is the whole blob." },
        { name: "mount", description: "Digest of a blob that `from` has." },
        { name: "from", description: "A repository; absent: any that the caller may read." },
      ],
      status: 202,
      handle: async (exchange) => await beginUpload(parts, exchange),
    }),
    registryRoute(parts, {
      method: "GET",
      path,
      policy: "image.write",
      actions: ["push"],
      summary: "OCI: how far an upload is",
      status: 204,
      handle: async (exchange) => {
        const upload = await images.upload(exchange.principal, exchange.param("name"), exchange.param("upload"));
        sendEmpty(exchange, { status: 204, headers: headersOf(exchange, upload) });
      },
    }),
    registryRoute(parts, {
      method: "PATCH",
      path,
      policy: "image.write",
      actions: ["push"],
      summary: "OCI: the next piece of an upload; Content-Range says where it goes on",
      body: "application/octet-stream",
      status: 202,
      handle: async (exchange) => {
        const upload = await append(parts, exchange);
        sendEmpty(exchange, { status: 202, headers: headersOf(exchange, upload) });
      },
    }),
    registryRoute(parts, {
      method: "PUT",
      path,
      policy: "image.write",
      actions: ["push"],
      summary: "OCI: end an upload, with its last piece or without",
      query: [{ name: "digest", description: "Of all of it." }],
      body: "application/octet-stream",
      status: 201,
      handle: async (exchange) => {
        const digest = exchange.query.get("digest") ?? "";
        if (hasBody(exchange)) await append(parts, exchange);
        await images.finishUpload(exchange.principal, {
          repository: exchange.param("name"),
          uploadId: exchange.param("upload"),
          digest,
        });
        sendCreated(exchange, digest);
      },
    }),
    registryRoute(parts, {
      method: "DELETE",
      path,
      policy: "image.write",
      actions: ["push"],
      summary: "OCI: give up an upload",
      status: 204,
      handle: async (exchange) => {
        await images.cancelUpload(exchange.principal, exchange.param("name"), exchange.param("upload"));
        sendEmpty(exchange);
      },
    }),
  ];
}

async function beginUpload({ edge, tokens }: RegistryParts, exchange: Exchange): Promise<void> {
  const { images } = edge.control;
  const { principal, query } = exchange;
  const repository = exchange.param("name");
  const [digest, mount, from] = [query.get("digest"), query.get("mount"), query.get("from")];
  if (mount !== null && tokens.mayMount(exchange, from)) {
    const source = from === null ? {} : { from };
    if (await images.mountBlob(principal, { repository, digest: mount, ...source }))
      return sendCreated(exchange, mount);
  }
  if (digest !== null && mount === null) {
    await receiving(exchange, async () => {
      assertPlain(exchange.req);
      const bytes = receiveBody(exchange, edge.limits.streamStallMs);
      await images.putBlob(principal, { repository, digest }, bytes, exchange.closed);
    });
    return sendCreated(exchange, digest);
  }
  const upload = await images.beginUpload(principal, repository);
  sendEmpty(exchange, { status: 202, headers: headersOf(exchange, upload) });
}

async function append({ edge }: RegistryParts, exchange: Exchange): Promise<Upload> {
  const { images } = edge.control;
  const upload = { repository: exchange.param("name"), uploadId: exchange.param("upload") };
  return await receiving(exchange, async () => {
    assertPlain(exchange.req);
    const offset = offsetOf(exchange);
    const bytes = receiveBody(exchange, edge.limits.streamStallMs);
    return await images.append(
      exchange.principal,
      { ...upload, ...(offset === undefined ? {} : { offset }) },
      bytes,
      exchange.closed,
    );
  });
}

/** @throws INVALID_REQUEST when it cannot be read, or is of another length than the body. */
function offsetOf(exchange: Exchange): number | undefined {
  const header = exchange.header("content-range");
  if (header === undefined) return undefined;
  const range = parseContentRange(header);
  const length = exchange.header("content-length");
  if (range !== undefined && (length === undefined || Number(length) === range.length)) return range.from;
  throw new PlatformError("INVALID_REQUEST", "Content-Range must be <first>-<last> of the bytes that are sent.");
}

/** A body that is refused on the way is not read to its end. */
async function receiving<T>(exchange: Exchange, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    leaveBody(exchange);
    // Where it goes on instead ("Pushing a blob in chunks").
    const size = isPlatformError(error) ? error.metadata["size"] : undefined;
    if (typeof size === "string" && !exchange.res.headersSent) exchange.res.setHeader("Range", rangeOf(Number(size)));
    throw error;
  }
}

function hasBody({ req }: Exchange): boolean {
  return req.headers["transfer-encoding"] !== undefined || Number(req.headers["content-length"] ?? "0") > 0;
}

function sendCreated(exchange: Exchange, digest: string): void {
  const headers = { Location: pathTo(exchange, `blobs/${digest}`), "Docker-Content-Digest": digest };
  sendEmpty(exchange, { status: 201, headers });
}

function headersOf(exchange: Exchange, { uploadId, size }: Upload): { readonly [name: string]: string } {
  return {
    Location: pathTo(exchange, `blobs/uploads/${uploadId}`),
    Range: rangeOf(size),
    "Docker-Upload-UUID": uploadId,
  };
}

/** Of an upload without a byte the specification has no better way to say so. */
function rangeOf(size: number): string {
  return `0-${Math.max(0, size - 1)}`;
}
