import type { Artifact, JsonObject, Part } from "@berth/protocol";

/** Characters of base64 that travel inside a result; what is larger is linked, so that no model has to read it. */
const MAX_INLINE = 64 * 1024;

export function textBlock(text: string): JsonObject {
  return { type: "text", text };
}

export function artifactUri(taskId: string, index: number): string {
  return `berth://tasks/${taskId}/artifacts/${index}`;
}

/** A part as the content block that says the same. `uri` is where a part that is too large can be read. */
export function toBlock(part: Part, uri?: string): JsonObject {
  const { text, data, raw, url, mediaType, filename } = part;
  if (data !== undefined) return textBlock(JSON.stringify(data));
  const mimeType = mediaType ?? (text === undefined ? "application/octet-stream" : "text/plain");
  if (url !== undefined) return { type: "resource_link", uri: url, name: filename ?? url, mimeType };
  // A text with a name is a file; one without is something said.
  if (text !== undefined && filename === undefined) return textBlock(text);
  const bytes = raw ?? "";
  if (uri !== undefined && Math.max(bytes.length, text?.length ?? 0) > MAX_INLINE) {
    return { type: "resource_link", uri, name: filename ?? "artifact", mimeType };
  }
  if (text !== undefined) return { type: "resource", resource: { uri: attachment(filename), mimeType, text } };
  if (mimeType.startsWith("image/")) return { type: "image", data: bytes, mimeType };
  if (mimeType.startsWith("audio/")) return { type: "audio", data: bytes, mimeType };
  return { type: "resource", resource: { uri: attachment(filename), mimeType, blob: bytes } };
}

/** All parts of an artifact as the contents of one resource. */
export function toContents(uri: string, { parts }: Artifact): readonly JsonObject[] {
  return parts.map(({ text, data, raw, url, mediaType }): JsonObject => {
    if (raw !== undefined) return { uri, mimeType: mediaType ?? "application/octet-stream", blob: raw };
    if (data !== undefined) return { uri, mimeType: "application/json", text: JSON.stringify(data) };
    // The file lies elsewhere: its address is what there is to read.
    if (url !== undefined) return { uri, mimeType: "text/uri-list", text: url };
    return { uri, mimeType: mediaType ?? "text/plain", text: text ?? "" };
  });
}

function attachment(filename: string | undefined): string {
  const name = filename ?? "file";
  return URL.canParse(name) ? name : `attachment:///${encodeURIComponent(name)}`;
}
