import { PlatformError } from "@berth/protocol";
import { MediaType } from "./descriptors.ts";
import type { Descriptor, ImageConfig, ImageIndex, ImageManifest, Platform } from "./descriptors.ts";
import { isDigest } from "./digest.ts";
import type { ManifestBytes } from "./blobs.ts";

/** As registries have it: the distribution specification asks for at least 4 MiB. */
export const MAX_MANIFEST_BYTES: number = 4 * 1024 * 1024;
const MAX_DESCRIPTORS = 1_000;
const MAX_TEXT = 4_096;
const MAX_LIST = 2_000;

export type Manifest =
  | { readonly kind: "image"; readonly manifest: ImageManifest }
  | { readonly kind: "index"; readonly index: ImageIndex };

/** Whoever wrote it is not known: everything that is used is checked, and nothing else is kept. @throws CONTENT_MISMATCH */
export function parseManifest({ mediaType, bytes }: ManifestBytes): Manifest {
  if (bytes.length > MAX_MANIFEST_BYTES) throw wrong("The manifest is larger than 4 MiB");
  const json = parseObject(bytes, "The manifest");
  const type = typeof json["mediaType"] === "string" ? json["mediaType"] : mediaType;
  if (json["schemaVersion"] !== 2) {
    throw new PlatformError("CONTENT_MISMATCH", "The image's manifest is of a version that is not read any more.", {
      hint: "Push the image again with a tool of this decade; schema version 2 is what registries speak.",
    });
  }
  if (type === MediaType.Index || type === MediaType.DockerIndex) {
    const manifests = list(json["manifests"], "manifests").map(descriptorOf);
    return { kind: "index", index: { schemaVersion: 2, mediaType: type, manifests, ...common(json) } };
  }
  if (type !== MediaType.Manifest && type !== MediaType.DockerManifest) {
    throw wrong(`The manifest has the media type ${JSON.stringify(type.slice(0, 100))}, which is not an image's`);
  }
  const layers = list(json["layers"], "layers").map(descriptorOf);
  const artifactType = json["artifactType"];
  return {
    kind: "image",
    manifest: {
      schemaVersion: 2,
      mediaType: type,
      ...(typeof artifactType === "string" ? { artifactType: artifactType.slice(0, MAX_TEXT) } : {}),
      config: descriptorOf(json["config"]),
      layers,
      ...common(json),
    },
  };
}

/** @throws CONTENT_MISMATCH */
export function parseImageConfig(bytes: Uint8Array): ImageConfig {
  const json = parseObject(bytes, "The image's config");
  const rootfs = objectOf(json["rootfs"]);
  const diffIds = strings(rootfs?.["diff_ids"]) ?? [];
  if (diffIds.some((id) => !isDigest(id)))
    throw wrong("The image's config names a layer by something else than sha256");
  const inner = objectOf(json["config"]);
  return {
    os: text(json["os"]) ?? "linux",
    architecture: text(json["architecture"]) ?? "",
    ...(inner === undefined ? {} : { config: containerConfig(inner) }),
    rootfs: { type: "layers", diff_ids: diffIds },
  };
}

function containerConfig(json: Json): NonNullable<ImageConfig["config"]> {
  const [User, WorkingDir] = [text(json["User"]), text(json["WorkingDir"])];
  const [Env, Entrypoint, Cmd] = [strings(json["Env"]), strings(json["Entrypoint"]), strings(json["Cmd"])];
  const ports = objectOf(json["ExposedPorts"]);
  const labels = texts(json["Labels"]);
  return {
    ...(User === undefined ? {} : { User }),
    ...(Env === undefined ? {} : { Env }),
    ...(Entrypoint === undefined ? {} : { Entrypoint }),
    ...(Cmd === undefined ? {} : { Cmd }),
    ...(WorkingDir === undefined ? {} : { WorkingDir }),
    ...(ports === undefined ? {} : { ExposedPorts: Object.fromEntries(Object.keys(ports).map((port) => [port, {}])) }),
    ...(labels === undefined ? {} : { Labels: labels }),
  };
}

function common(json: Json): Pick<ImageManifest, "subject" | "annotations"> {
  const annotations = texts(json["annotations"]);
  return {
    ...(json["subject"] === undefined || json["subject"] === null ? {} : { subject: descriptorOf(json["subject"]) }),
    ...(annotations === undefined ? {} : { annotations }),
  };
}

function descriptorOf(value: unknown): Descriptor {
  const json = objectOf(value);
  const { mediaType, digest, size } = json ?? {};
  if (typeof digest !== "string" || !isDigest(digest))
    throw wrong("The manifest names something without a sha256 digest");
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0)
    throw wrong(`The manifest gives ${digest} no size`);
  if (typeof mediaType !== "string" || mediaType.length > 255)
    throw wrong(`The manifest gives ${digest} no media type`);
  const annotations = texts(json?.["annotations"]);
  const platform = platformOf(json?.["platform"]);
  const artifactType = text(json?.["artifactType"]);
  return {
    mediaType,
    digest,
    size,
    ...(annotations === undefined ? {} : { annotations }),
    ...(artifactType === undefined ? {} : { artifactType }),
    ...(platform === undefined ? {} : { platform }),
  };
}

function platformOf(value: unknown): Platform | undefined {
  const json = objectOf(value);
  const [os, architecture, variant] = [text(json?.["os"]), text(json?.["architecture"]), text(json?.["variant"])];
  if (os === undefined || architecture === undefined) return undefined;
  return { os, architecture, ...(variant === undefined ? {} : { variant }) };
}

interface Json {
  readonly [key: string]: unknown;
}

function parseObject(bytes: Uint8Array, what: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw new PlatformError("CONTENT_MISMATCH", `${what} is not JSON.`, { cause: error });
  }
  const json = objectOf(value);
  if (json === undefined) throw wrong(`${what} is not a JSON object`);
  return json;
}

function objectOf(value: unknown): Json | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  // What is neither null nor an array is an object with string keys.
  return value as Json;
}

function list(value: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(value)) throw wrong(`The manifest has no ${name}`);
  if (value.length > MAX_DESCRIPTORS) throw wrong(`The manifest has more than ${MAX_DESCRIPTORS} ${name}`);
  return value;
}

function text(value: unknown): string | undefined {
  return typeof value === "string" && value.length <= MAX_TEXT ? value : undefined;
}

function strings(value: unknown): readonly string[] | undefined {
  if (!Array.isArray(value)) return undefined;
  if (value.length > MAX_LIST || value.some((item) => typeof item !== "string")) {
    throw wrong("The image's config has a list that is too long or holds other things than text");
  }
  // Each was found to be a string just above.
  return value as readonly string[];
}

function texts(value: unknown): { readonly [key: string]: string } | undefined {
  const json = objectOf(value);
  if (json === undefined) return undefined;
  const pairs = Object.entries(json).slice(0, MAX_LIST);
  return Object.fromEntries(pairs.flatMap(([key, item]) => (typeof item === "string" ? [[key, item]] : [])));
}

function wrong(message: string): PlatformError {
  return new PlatformError("CONTENT_MISMATCH", `${message}.`);
}
