import { PlatformError } from "@berth/protocol";
import { toInstant } from "./instant.ts";
import type { MemoryItem, MemoryQuota, MemorySpace } from "./memory-item-store.ts";
import { requireStorableText } from "./storable-text.ts";

/** As every driver keeps it: checked keys, one spelling of time, no tie to the caller's objects. */
export function memoryAsKept(item: MemoryItem): MemoryItem {
  const { orgId, agentId, owner, itemId, key, digest, createdAt, updatedAt, expiresAt } = item;
  requireStorableText({ orgId, agentId, owner, itemId, key, digest });
  const times = {
    createdAt: toInstant(createdAt),
    updatedAt: toInstant(updatedAt),
    ...(expiresAt === undefined ? {} : { expiresAt: toInstant(expiresAt) }),
  };
  return parseMemory(JSON.stringify({ ...item, ...times }));
}

export function parseMemory(record: string): MemoryItem {
  // Items are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(record) as MemoryItem;
}

/** The new state of an item whose text is the same: it stays the item that it was. */
export function refreshedMemory(kept: MemoryItem, { itemId, createdAt }: MemoryItem): MemoryItem {
  return { ...kept, itemId, createdAt };
}

export function memoryBytes({ text, metadata }: MemoryItem): number {
  return Buffer.byteLength(text) + Buffer.byteLength(JSON.stringify(metadata));
}

export function spaceOf({ orgId, agentId, owner }: MemorySpace): MemorySpace {
  return { orgId, agentId, owner };
}

/** @throws QUOTA_EXCEEDED for what has grown, and is beyond. */
export function assertMemoryQuota(
  used: { readonly items: number; readonly bytes: number },
  grown: { readonly items: number; readonly bytes: number },
  { maxItems, maxBytes }: MemoryQuota,
): void {
  const what =
    grown.items > 0 && used.items > maxItems
      ? `${maxItems} items`
      : grown.bytes > 0 && used.bytes > maxBytes
        ? `${maxBytes} bytes`
        : undefined;
  if (what === undefined) return;
  throw new PlatformError("QUOTA_EXCEEDED", `This memory may hold ${what}; this would be more.`, {
    hint: "Delete what is no longer needed, save with a time to live, or raise memory.maxItems in berth.json.",
  });
}
