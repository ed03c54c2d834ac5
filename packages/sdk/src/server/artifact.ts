import type { Artifact, Part } from "@berth/protocol";
import type { ArtifactContent, ArtifactOptions } from "../context.ts";
import { typeByName } from "./content-types.ts";

export function toArtifact(
  name: string,
  content: ArtifactContent,
  { mediaType, description }: ArtifactOptions,
): Artifact {
  const part = toPart(name, content, mediaType);
  return { artifactId: name, name, parts: [part], ...(description === undefined ? {} : { description }) };
}

function toPart(name: string, content: ArtifactContent, mediaType: string | undefined): Part {
  if (typeof content === "string") return { text: content, mediaType: mediaType ?? typeByName(name) ?? "text/plain" };
  if (content instanceof Uint8Array) {
    const raw = Buffer.from(content.buffer, content.byteOffset, content.byteLength).toString("base64");
    return { raw, filename: name, mediaType: mediaType ?? typeByName(name) ?? "application/octet-stream" };
  }
  if (content instanceof URL) {
    return {
      url: content.href,
      filename: name,
      mediaType: mediaType ?? typeByName(name) ?? "application/octet-stream",
    };
  }
  return { data: content, mediaType: mediaType ?? "application/json" };
}
