import type { JsonObject } from "@berth/protocol";
import type { MemoryItem, MemorySpaceState, SavedMemory } from "@berth/store";
import type { MemoryAnswer, MemoryHit } from "./space-memory.ts";

/** As agents and people get it. */
function toMemoryJson(item: MemoryItem): JsonObject {
  const { text, digest, createdAt, updatedAt, expiresAt, by } = item;
  return {
    ...toOrigin(item),
    text,
    digest,
    by,
    createdAt,
    updatedAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

export function toSavedJson({ item, outcome }: SavedMemory): JsonObject {
  const { text: _text, ...rest } = toMemoryJson(item);
  return { ...rest, outcome, passages: item.spans.length };
}

export function toAnswerJson({ hits, model }: MemoryAnswer): JsonObject {
  return { hits: hits.map(toHitJson), ...(model === undefined ? {} : { model }) };
}

export function toPageJson({
  items,
  next,
}: {
  readonly items: readonly MemoryItem[];
  readonly next?: string;
}): JsonObject {
  return { items: items.map(toMemoryJson), ...(next === undefined ? {} : { next }) };
}

export function toSpaceJson({ owner, items, bytes, model }: MemorySpaceState): JsonObject {
  return { scope: owner === "" ? "agent" : "user", ...(owner === "" ? {} : { owner }), items, bytes, model };
}

function toHitJson({ item, text, from, to, score }: MemoryHit): JsonObject {
  const { createdAt } = item;
  return { ...toOrigin(item), text, from, to, score, createdAt };
}

function toOrigin({ itemId, key, owner, metadata, source, runId, eventSeq }: MemoryItem): JsonObject {
  return {
    id: itemId,
    scope: owner === "" ? "agent" : "user",
    metadata,
    ...(key === undefined ? {} : { key }),
    ...(source === undefined ? {} : { source }),
    ...(runId === undefined ? {} : { runId }),
    ...(eventSeq === undefined ? {} : { eventSeq }),
  };
}
