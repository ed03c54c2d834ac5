import { hash } from "node:crypto";
import type { Sha256 } from "@berth/ledger";

/** Native SHA-256 for the hot path. */
export const nodeSha256: Sha256 = (data) => hash("sha256", data, "buffer");

/** `sha256:<hex>` of bytes, or of a text in UTF-8; as the blob store names its content. */
export function digestOf(content: string | Uint8Array): string {
  return `sha256:${hash("sha256", content, "hex")}`;
}
