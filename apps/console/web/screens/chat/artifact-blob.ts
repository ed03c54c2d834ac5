import type { Artifact } from "@berth/protocol";
import { decodeBase64 } from "@berth/ledger";
import { artifactText } from "../task/model/outputs.ts";

/** An artifact as a file: one piece of bytes as it is, everything else as text. */
export function artifactBlob(artifact: Artifact): readonly [content: Blob | string, contentType: string] {
  const [only, ...more] = artifact.parts;
  if (only?.raw !== undefined && more.length === 0) {
    try {
      const bytes = new Uint8Array(decodeBase64(only.raw));
      return [new Blob([bytes], { type: "application/octet-stream" }), "application/octet-stream"];
    } catch {
      // What is no base64 is saved as it came.
      return [only.raw, "text/plain"];
    }
  }
  return [artifactText(artifact), "text/plain"];
}
