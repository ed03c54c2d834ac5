import type { ImagePlace } from "../blobs.ts";
import { MediaType } from "../descriptors.ts";
import type { Descriptor, ImageIndex } from "../descriptors.ts";
import { jsonBytes } from "../json-bytes.ts";
import { MAX_MANIFEST_BYTES, parseManifest } from "../parse-manifest.ts";
import { readAll } from "../read-all.ts";
import { discard } from "./registry-http.ts";
import type { RegistryAnswer } from "./registry-http.ts";

/** distribution-spec 1.1, "Listing Referrers"; the tag for registries that know of none (its "Referrers Tag Schema"). */
export async function readReferrers(
  answer: RegistryAnswer,
  digest: string,
  place: ImagePlace,
): Promise<readonly Descriptor[]> {
  if (answer.status === 200) {
    const bytes = await readAll(answer.body, MAX_MANIFEST_BYTES, "The registry's list of referrers");
    return indexOf({ mediaType: MediaType.Index, bytes });
  }
  await discard(answer);
  return await fallbackReferrers(place, digest);
}

/** Two that do this at once may lose one of the two: the specification has nothing better for such registries. */
export async function addFallbackReferrer(place: ImagePlace, subject: string, referrer: Descriptor): Promise<void> {
  const there = await fallbackReferrers(place, subject);
  if (there.some(({ digest }) => digest === referrer.digest)) return;
  const index: ImageIndex = { schemaVersion: 2, mediaType: MediaType.Index, manifests: [...there, referrer] };
  await place.putManifest({ mediaType: MediaType.Index, bytes: jsonBytes(index) }, tagOf(subject));
}

async function fallbackReferrers(place: ImagePlace, digest: string): Promise<readonly Descriptor[]> {
  const found = await place.manifest(tagOf(digest));
  return found === undefined ? [] : indexOf(found);
}

function indexOf(manifest: { readonly mediaType: string; readonly bytes: Uint8Array }): readonly Descriptor[] {
  const parsed = parseManifest(manifest);
  return parsed.kind === "index" ? parsed.index.manifests : [];
}

function tagOf(digest: string): string {
  return digest.replace(":", "-");
}
