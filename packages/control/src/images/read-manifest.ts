import { createHash } from "node:crypto";
import { MAX_MANIFEST_BYTES, parseManifest } from "@berth/deploy";
import type { Descriptor, Manifest, ManifestBytes } from "@berth/deploy";
import { isPlatformError } from "@berth/protocol";
import type { StoredManifest } from "@berth/store";
import { imageError } from "./image-errors.ts";

/** What a manifest says of itself in lists, in all. */
const MAX_ANNOTATION_BYTES = 16 * 1024;
/** Layers that registries do not carry (OCI image specification, "Non-Distributable Layers"). */
const ELSEWHERE = /nondistributable|\.foreign\./;
const MEDIA_TYPE = /^[A-Za-z0-9][\w!#$&\-^.+]{0,126}\/[A-Za-z0-9][\w!#$&\-^.+]{0,126}$/;

interface Needed extends Pick<Descriptor, "digest" | "size"> {
  readonly isManifest: boolean;
}

export interface ReadManifest extends Pick<
  StoredManifest,
  "digest" | "mediaType" | "artifactType" | "subject" | "annotations" | "bytes"
> {
  /** What must be there before. */
  readonly needed: readonly Needed[];
}

/** What the registry has to know of a manifest; the rest of it is nobody's business here. @throws CONTENT_MISMATCH */
export function readManifest(written: ManifestBytes): ReadManifest {
  if (written.bytes.length > MAX_MANIFEST_BYTES) throw invalid(`it is larger than ${MAX_MANIFEST_BYTES} bytes`);
  const parsed = parse(written);
  const { kind } = parsed;
  const { mediaType, annotations, subject } = kind === "image" ? parsed.manifest : parsed.index;
  if (mediaType !== written.mediaType) throw invalid(`it is sent as ${written.mediaType} and says it is ${mediaType}`);
  const named = kind === "image" ? [parsed.manifest.config, ...parsed.manifest.layers] : parsed.index.manifests;
  const artifactType = artifactTypeOf(parsed, written.bytes);
  if (artifactType !== undefined && !MEDIA_TYPE.test(artifactType)) throw invalid("its artifactType is no media type");
  if (JSON.stringify(annotations ?? {}).length > MAX_ANNOTATION_BYTES) {
    throw invalid(`its annotations are longer than ${MAX_ANNOTATION_BYTES} characters`);
  }
  return {
    digest: `sha256:${createHash("sha256").update(written.bytes).digest("hex")}`,
    mediaType,
    bytes: written.bytes,
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(subject === undefined ? {} : { subject: subject.digest }),
    ...(annotations === undefined ? {} : { annotations }),
    needed: named
      .filter((each) => !ELSEWHERE.test(each.mediaType))
      .map(({ digest, size }) => ({ digest, size, isManifest: kind === "index" })),
  };
}

function parse(written: ManifestBytes): Manifest {
  try {
    return parseManifest(written);
  } catch (error) {
    throw isPlatformError(error) ? imageError("MANIFEST_INVALID", error.message, error) : error;
  }
}

/** distribution-spec, "Listing Referrers": of an image without one, the type of its config. */
function artifactTypeOf(parsed: Manifest, bytes: Uint8Array): string | undefined {
  if (parsed.kind === "image") return parsed.manifest.artifactType ?? parsed.manifest.config.mediaType;
  // It was parsed as a JSON object just before.
  const { artifactType } = JSON.parse(Buffer.from(bytes).toString("utf8")) as { readonly artifactType?: unknown };
  return typeof artifactType === "string" ? artifactType : undefined;
}

function invalid(why: string): Error {
  return imageError("MANIFEST_INVALID", `The manifest is not taken: ${why}.`);
}
