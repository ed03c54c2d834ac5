import { DEFAULT_MEMORY_CONFIG, invalidParams } from "@berth/protocol";
import type { Action, AgentMemoryConfig, IdGenerator, JsonObject, Principal } from "@berth/protocol";
import type { MemorySpace, Store } from "@berth/store";
import { audited } from "../audit/audited.ts";
import { authorize } from "../auth/authorize.ts";
import type { Registry } from "../registry/registry.ts";
import type { Embedders } from "./embedders/embedder.ts";
import { toAnswerJson, toPageJson, toSavedJson, toSpaceJson } from "./memory-json.ts";
import { MemoryUpkeep } from "./memory-upkeep.ts";
import type { Memory } from "./memory.ts";
import {
  parseMemoryPage,
  parseMemoryScope,
  parseMemorySearch,
  parseMemoryTarget,
  parseNewMemory,
} from "./parse-requests.ts";
import { SpaceMemory } from "./space-memory.ts";

export interface MemoryOptions {
  readonly store: Pick<Store, "memories" | "audit">;
  readonly registry: Pick<Registry, "find">;
  readonly embedders: Embedders;
  readonly ids: IdGenerator;
  readonly now: () => Date;
  readonly log?: (line: string) => void;
}

export interface RunningMemory extends Memory {
  /** For runs, which have their own way of being allowed. */
  readonly spacesOfRuns: SpaceMemory;
  close(): Promise<void>;
}

/** Begins its upkeep at once. */
export function openMemory(options: MemoryOptions): RunningMemory {
  const { store, registry, now } = options;
  const memory = new SpaceMemory({ ...options, store: store.memories });
  const upkeep = new MemoryUpkeep({ ...options, store: store.memories });
  upkeep.start();

  const open = async (
    principal: Principal,
    agentName: string,
    request: JsonObject,
    verb: "read" | "write",
  ): Promise<{ readonly space: MemorySpace; readonly config: AgentMemoryConfig }> => {
    const { agent, release } = await registry.find(principal, agentName);
    const owner = ownerOf(principal, request);
    const action: Action = owner === principal.id ? `memory.${verb}` : `memory.${verb}_all`;
    authorize(principal, action);
    const space = { orgId: principal.orgId, agentId: agent.agentId, owner };
    return { space, config: release.config.memory ?? DEFAULT_MEMORY_CONFIG };
  };
  const noted = async <T>(
    principal: Principal,
    entry: { readonly action: string; readonly resource: string; readonly detail: JsonObject },
    act: () => Promise<T>,
  ): Promise<T> => {
    const { orgId, id: actor } = principal;
    return await audited(store.audit, { orgId, at: now().toISOString(), actor, outcome: "ok", ...entry }, act);
  };

  return {
    spacesOfRuns: memory,
    async spaces(principal, agentName, request) {
      const { agent } = await registry.find(principal, agentName);
      authorize(principal, "memory.read_all");
      const page = parseMemoryPage(request);
      const spaces = await store.memories.spaces(principal.orgId, agent.agentId, page);
      const last = spaces.length === page.limit ? spaces.at(-1)?.owner : undefined;
      return { spaces: spaces.map(toSpaceJson), ...(last === undefined || last === "" ? {} : { next: last }) };
    },
    async list(principal, agentName, request) {
      const { space } = await open(principal, agentName, request, "read");
      return toPageJson(await memory.list(space, parseMemoryPage(request)));
    },
    async search(principal, agentName, request) {
      const { space } = await open(principal, agentName, request, "read");
      return toAnswerJson(await memory.search(space, parseMemorySearch(request)));
    },
    async save(principal, agentName, request) {
      const { space, config } = await open(principal, agentName, request, "write");
      const wanted = parseNewMemory(request);
      const detail = { owner: space.owner, ...(wanted.key === undefined ? {} : { key: wanted.key }) };
      return await noted(principal, { action: "memory.save", resource: agentName, detail }, async () =>
        toSavedJson(await memory.save(space, wanted, { by: principal.id, config })),
      );
    },
    async remove(principal, agentName, request) {
      const { space } = await open(principal, agentName, request, "write");
      const target = parseMemoryTarget(request);
      const detail = { owner: space.owner, by: Object.keys(target).join() };
      return await noted(principal, { action: "memory.delete", resource: agentName, detail }, async () => ({
        removed: await memory.remove(space, target),
      }));
    },
    close: async () => await upkeep.close(),
  };
}

/** Whose memory a request is about. @throws INVALID_PARAMS */
function ownerOf(principal: Principal, request: JsonObject): string {
  const { owner } = request;
  if (parseMemoryScope(request) === "agent") {
    if (owner === undefined) return "";
    throw invalidParams([{ field: "owner", description: "has no meaning with the scope agent" }]);
  }
  if (owner === undefined) return principal.id;
  if (typeof owner === "string" && owner !== "") return owner;
  throw invalidParams([{ field: "owner", description: "must be the id of a principal" }]);
}
