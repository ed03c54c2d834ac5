import { toInstant } from "./instant.ts";
import type { ModelAlias, ModelProvider } from "./model-store.ts";
import { requireStorableText } from "./storable-text.ts";

/** As every driver keeps it: checked keys, one spelling of time, no tie to the caller's objects. */
export function modelEntryAsKept<T extends ModelProvider | ModelAlias>(entry: T): T {
  const { orgId, name, updatedBy } = entry;
  requireStorableText({ orgId, name, updatedBy });
  // Entries are plain JSON data, so what is parsed has the type of what was written.
  return JSON.parse(JSON.stringify({ ...entry, updatedAt: toInstant(entry.updatedAt) })) as T;
}
