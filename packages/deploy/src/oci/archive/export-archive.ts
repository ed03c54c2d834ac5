import { PlatformError } from "@berth/protocol";
import type { ImagePlace } from "../blobs.ts";
import type { Descriptor } from "../descriptors.ts";
import { digestOf } from "../digest.ts";
import { jsonBytes } from "../json-bytes.ts";
import { parseManifest } from "../parse-manifest.ts";
import { imageNotFound } from "../read-image.ts";
import { TAR_END, TarType, padding, tarHeader } from "../tar/tar-header.ts";

const NAME = "org.opencontainers.image.ref.name";

/**
 * An image as an OCI image layout (image-spec 1.1, image-layout.md) in a tar: skopeo, podman and containerd read it.
 * The same image gives the same bytes. @throws IMAGE_NOT_FOUND
 */
export async function* exportArchive(
  place: ImagePlace,
  digest: string,
  options: { readonly name?: string } = {},
): AsyncGenerator<Uint8Array> {
  const found = await place.manifest(digest);
  if (found === undefined) throw imageNotFound(digest);
  const parsed = parseManifest(found);
  if (parsed.kind === "index") throw new PlatformError("CONTENT_MISMATCH", `${digest} is an index of several images.`);
  const { manifest } = parsed;
  const annotations = options.name === undefined ? {} : { annotations: { [NAME]: options.name } };
  const entry = {
    mediaType: manifest.mediaType,
    digest: digestOf(found.bytes),
    size: found.bytes.length,
    ...annotations,
  };
  yield* file("oci-layout", jsonBytes({ imageLayoutVersion: "1.0.0" }));
  yield* file("index.json", jsonBytes({ schemaVersion: 2, manifests: [entry] }));
  yield* file(blobPath(entry.digest), found.bytes);
  const seen = new Set<string>([entry.digest]);
  for (const descriptor of [manifest.config, ...manifest.layers]) {
    if (seen.has(descriptor.digest)) continue;
    seen.add(descriptor.digest);
    yield* blob(place, descriptor);
  }
  yield TAR_END;
}

async function* blob(place: ImagePlace, { digest, size }: Descriptor): AsyncGenerator<Uint8Array> {
  const content = await place.open(digest);
  if (content === undefined) throw imageNotFound(digest);
  yield tarHeader({ path: blobPath(digest), type: TarType.File, mode: 0o644, size });
  let sent = 0;
  for await (const chunk of content.bytes) {
    sent += chunk.length;
    yield chunk;
  }
  if (sent !== size) throw new PlatformError("CONTENT_MISMATCH", `The bytes of ${digest} are not of the size it has.`);
  yield padding(size);
}

function* file(path: string, bytes: Uint8Array): Generator<Uint8Array> {
  yield tarHeader({ path, type: TarType.File, mode: 0o644, size: bytes.length });
  yield bytes;
  yield padding(bytes.length);
}

function blobPath(digest: string): string {
  return `blobs/${digest.replace(":", "/")}`;
}
