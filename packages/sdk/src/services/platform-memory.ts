import type { JsonObject } from "@berth/protocol";
import type { Memory, MemoryHit, MemoryItem, SavedMemory } from "../memory.ts";
import type { RunServices } from "./run-services.ts";

/** The platform's memory; what a run may remember and where is decided there. */
export function platformMemory(services: Pick<RunServices, "json">): Memory {
  // The answers are those of docs/reference/services.md.
  const ask = async (verb: string, request: object): Promise<JsonObject> =>
    await services.json({ method: "POST", path: `/memory/${verb}`, body: { ...request } });
  return {
    save: async (memory) => (await ask("save", memory)) as unknown as SavedMemory,
    search: async (search) => ((await ask("search", search)) as unknown as { readonly hits: MemoryHit[] }).hits,
    delete: async (target) => Number((await ask("delete", target))["removed"]),
    list: async (page = {}) =>
      (await ask("list", page)) as unknown as { readonly items: readonly MemoryItem[]; readonly next?: string },
  };
}
