import { isDigest } from "@berth/deploy";
import type { ImagePlace } from "@berth/deploy";
import type { ImageShelf, RepositoryAddress } from "./image-shelf.ts";
import { MACHINE_ORG } from "./machine-images.ts";

/** A repository for the platform's own use, without looking at rights. */
export function shelfPlace(shelf: ImageShelf, address: RepositoryAddress): ImagePlace {
  return {
    open: async (digest) => await shelf.open(address, digest),
    // What the organization has in another repository, or the platform itself has made, need not come twice.
    size: async (digest) =>
      (await shelf.size(address, digest)) ??
      (await shelf.mount(address, digest)) ??
      (await shelf.mount(address, digest, { orgId: MACHINE_ORG })),
    write: async (bytes, options) => await shelf.write(address, bytes, options),
    async manifest(reference) {
      const found = await shelf.manifest(address, reference);
      return found === undefined ? undefined : { mediaType: found.mediaType, bytes: found.bytes };
    },
    async putManifest(manifest, tag) {
      return (await shelf.putManifest(address, manifest, isDigest(tag ?? "") ? undefined : tag)).digest;
    },
  };
}
