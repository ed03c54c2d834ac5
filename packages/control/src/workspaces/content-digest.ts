import { createHash } from "node:crypto";

/** As the blob store names it: `sha256:<hex>`. */
export function digestOf(content: Uint8Array): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}
