import { DEFAULT_MEMORY_CONFIG, PlatformError, isPlatformError } from "@berth/protocol";
import type { AgentMemoryConfig, JsonObject, MemoryEvent, MemoryScope, TaskEventBody } from "@berth/protocol";
import type { AgentMemory, ServicesCall, ServicesPeer } from "@berth/runtime";
import type { MemorySpace, Store } from "@berth/store";
import type { Grants } from "../grants/grants.ts";
import type { Run, RunRegistry } from "../services/run-registry.ts";
import { toAnswerJson, toPageJson, toSavedJson } from "./memory-json.ts";
import {
  parseMemoryPage,
  parseMemoryScope,
  parseMemorySearch,
  parseMemoryTarget,
  parseNewMemory,
} from "./parse-requests.ts";
import { digestOf } from "./space-memory.ts";
import type { SpaceMemory } from "./space-memory.ts";

export interface RunMemoryOptions {
  readonly grants: Pick<Grants, "verify">;
  readonly runs: RunRegistry;
  readonly memory: SpaceMemory;
  readonly store: Pick<Store, "agents" | "memories">;
  readonly record: (orgId: string, taskId: string, bodies: readonly TaskEventBody[]) => Promise<number | undefined>;
}

type Seen = Pick<MemoryEvent, "itemId" | "digest" | "items">;

interface Operation {
  readonly space: MemorySpace;
  readonly run: Run;
  readonly config: AgentMemoryConfig;
}

interface Done {
  readonly seen: Seen;
  /** Gets the number of the event. */
  readonly answer: (seq: number | undefined) => JsonObject | Promise<JsonObject>;
}

/** Memory for runs. Nothing is answered before it stands in the run's log. */
export function createRunMemory({ grants, runs, memory, store, record }: RunMemoryOptions): AgentMemory {
  const operate = async (
    { peer, grant }: ServicesCall,
    op: MemoryEvent["op"],
    request: JsonObject,
    act: (operation: Operation) => Promise<Done>,
  ): Promise<JsonObject> => {
    const { orgId, runId, grantId } = await grants.verify(grant, peer);
    const run = runs.find(orgId, runId);
    if (run === undefined) throw new PlatformError("GRANT_INVALID", "The run of this grant is over.");
    const scope = parseMemoryScope(request);
    const note = async (outcome: MemoryEvent["outcome"], more: Seen & Pick<MemoryEvent, "reason">) =>
      await record(orgId, runId, [{ kind: "memory", op, scope, grantId, outcome, ...more }]);
    const config = await configOf(store, peer);
    let owner: string;
    try {
      owner = ownerOf(run, scope, config);
    } catch (error) {
      await note("denied", { reason: reasonOf(error) });
      throw error;
    }
    let done: Done;
    try {
      done = await act({ space: { orgId, agentId: peer.agentId, owner }, run, config });
    } catch (error) {
      await note("failed", { reason: reasonOf(error) });
      throw error;
    }
    return await done.answer(await note("ok", done.seen));
  };
  return {
    save: async (call, request) =>
      await operate(call, "save", request, async ({ space, run, config }) => {
        const by = run.principal.id;
        const saved = await memory.save(space, parseNewMemory(request), { by, runId: run.taskId, config });
        const { itemId, digest } = saved.item;
        return {
          seen: { itemId, digest },
          async answer(eventSeq) {
            if (eventSeq === undefined) return toSavedJson(saved);
            await store.memories.setEvent(saved.item, eventSeq);
            return toSavedJson({ ...saved, item: { ...saved.item, eventSeq } });
          },
        };
      }),
    search: async (call, request) =>
      await operate(call, "search", request, async ({ space }) => {
        const search = parseMemorySearch(request);
        const found = await memory.search(space, search, call.signal);
        const seen = { digest: digestOf(search.query), items: found.hits.length };
        return { seen, answer: () => toAnswerJson(found) };
      }),
    list: async (call, request) =>
      await operate(call, "list", request, async ({ space }) => {
        const page = await memory.list(space, parseMemoryPage(request));
        return { seen: { items: page.items.length }, answer: () => toPageJson(page) };
      }),
    remove: async (call, request) =>
      await operate(call, "delete", request, async ({ space }) => {
        const removed = await memory.remove(space, parseMemoryTarget(request));
        return { seen: { items: removed }, answer: () => ({ removed }) };
      }),
  };
}

async function configOf(
  { agents }: Pick<Store, "agents">,
  { orgId, releaseId }: ServicesPeer,
): Promise<AgentMemoryConfig> {
  return (await agents.findRelease(orgId, releaseId))?.config.memory ?? DEFAULT_MEMORY_CONFIG;
}

/** @throws GRANT_EXCEEDED */
function ownerOf({ principal }: Run, scope: MemoryScope, { scopes }: AgentMemoryConfig): string {
  if (!scopes.includes(scope)) {
    throw new PlatformError("GRANT_EXCEEDED", `This agent may not use memory of the scope ${scope}.`, {
      hint: "memory.scopes in berth.json names those that it may.",
    });
  }
  if (scope === "agent") return "";
  if (principal.kind !== "anonymous") return principal.id;
  // All callers without a name would share one.
  throw new PlatformError("GRANT_EXCEEDED", "Nobody in particular has a memory.", {
    hint: "Call with a credential, or use the scope agent.",
  });
}

function reasonOf(error: unknown): NonNullable<MemoryEvent["reason"]> {
  return isPlatformError(error) ? error.reason : "INTERNAL";
}
