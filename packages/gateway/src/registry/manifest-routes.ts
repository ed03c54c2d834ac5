import { MAX_MANIFEST_BYTES } from "@berth/control";
import { PlatformError } from "@berth/protocol";
import type { Exchange } from "../edge/exchange.ts";
import { assertPlain, readBody } from "../edge/read-body.ts";
import { send, sendEmpty } from "../edge/respond.ts";
import type { PlatformRoute } from "../edge/routes.ts";
import { pathTo, registryRoute } from "./registry-call.ts";
import type { RegistryParts } from "./registry-call.ts";

/** distribution-spec 1.1, "Pulling manifests", "Pushing Manifests", "Deleting tags", "Deleting Manifests". */
export function manifestRoutes(parts: RegistryParts): readonly PlatformRoute[] {
  const { images } = parts.edge.control;
  const path = "/v2/{name...}/manifests/{reference}";
  return [
    registryRoute(parts, {
      method: "GET",
      path,
      policy: "image.read",
      actions: ["pull"],
      summary: "OCI: a manifest by tag or digest, byte for byte",
      answers: "application/vnd.oci.image.manifest.v1+json",
      handle: async (exchange) => {
        const { principal } = exchange;
        const manifest = await images.manifest(principal, exchange.param("name"), exchange.param("reference"));
        const { mediaType, digest, bytes } = manifest;
        if (exchange.header("if-none-match") === `"${digest}"`) {
          return sendEmpty(exchange, { status: 304, headers: { ETag: `"${digest}"` } });
        }
        send(exchange, bytes, {
          contentType: mediaType,
          headers: { "Docker-Content-Digest": digest, ETag: `"${digest}"`, "Cache-Control": "private, no-cache" },
        });
      },
    }),
    registryRoute(parts, {
      method: "PUT",
      path,
      policy: "image.write",
      actions: ["push"],
      summary: "OCI: put a manifest under a tag or its digest; everything it names is there before",
      body: "application/vnd.oci.image.manifest.v1+json",
      status: 201,
      handle: async (exchange) => {
        const { principal, req } = exchange;
        assertPlain(req);
        const bytes = await readBody(req, MAX_MANIFEST_BYTES);
        const [name, reference] = [exchange.param("name"), exchange.param("reference")];
        const { digest, subject } = await images.putManifest(principal, name, reference, {
          mediaType: mediaTypeOf(exchange),
          bytes,
        });
        sendEmpty(exchange, {
          status: 201,
          headers: {
            Location: pathTo(exchange, `manifests/${digest}`),
            "Docker-Content-Digest": digest,
            ...(subject === undefined ? {} : { "OCI-Subject": subject }),
          },
        });
      },
    }),
    registryRoute(parts, {
      method: "DELETE",
      path,
      policy: "image.delete",
      actions: ["delete"],
      summary: "OCI: delete a tag, or a manifest by its digest with all its tags",
      status: 202,
      handle: async (exchange) => {
        await images.deleteManifest(exchange.principal, exchange.param("name"), exchange.param("reference"));
        sendEmpty(exchange, { status: 202 });
      },
    }),
  ];
}

function mediaTypeOf(exchange: Exchange): string {
  const [type = ""] = (exchange.header("content-type") ?? "").split(";");
  if (type.trim() !== "") return type.trim();
  throw new PlatformError("UNSUPPORTED_MEDIA_TYPE", "A manifest is sent with its media type as Content-Type.");
}
