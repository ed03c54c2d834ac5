import { PlatformError, allowsModel } from "@berth/protocol";
import type { AgentModelsConfig, ModelEvent, TaskEventBody } from "@berth/protocol";
import type { AgentModels, ModelAnswer, ModelCall, ServicesPeer } from "@berth/runtime";
import type { Store } from "@berth/store";
import type { Grants } from "../grants/grants.ts";
import type { Run, RunRegistry } from "../services/run-registry.ts";
import type { ModelBook } from "./model-book.ts";
import type { ModelCaller } from "./model-call.ts";
import type { ModelCalls } from "./model-calls.ts";

export interface AgentModelsOptions {
  readonly calls: Pick<ModelCalls, "chat" | "embed">;
  readonly book: Pick<ModelBook, "names">;
  readonly agents: Pick<Store["agents"], "findRelease">;
  readonly grants: Pick<Grants, "verify">;
  readonly runs: RunRegistry;
  readonly record: (orgId: string, taskId: string, bodies: readonly TaskEventBody[]) => Promise<unknown>;
  readonly log?: (line: string) => void;
}

const NO_MODELS: AgentModelsConfig = { allow: [], record: false };
const MAX_RELEASES = 1_000;

/** Models for agents: each call in the name of its run, as far as that is known, and within what the release may. */
export function createAgentModels(options: AgentModelsOptions): AgentModels {
  const { calls, book } = options;
  const releases = new ReleaseModels(options.agents);
  const callerOf = async (call: ModelCall): Promise<ModelCaller> => {
    const { peer } = call;
    const [run, { allow, record }] = await Promise.all([runOf(call, options), releases.of(peer)]);
    const whose = { orgId: peer.orgId, agentId: peer.agentId, agentName: peer.agentName };
    if (run === undefined) {
      const note = async (event: ModelEvent): Promise<void> => {
        const { op, model, outcome, inputTokens, outputTokens } = event;
        options.log?.(
          `agent ${peer.agentName}, in no run: ${op} ${model} ${outcome}, ${inputTokens} + ${outputTokens} tokens`,
        );
      };
      return { spender: whose, allow, record: false, note, signal: call.signal };
    }
    return {
      spender: { ...whose, taskId: run.taskId, principalId: run.principal.id },
      allow,
      record,
      note: async (event) => void (await options.record(run.orgId, run.taskId, [event])),
      signal: AbortSignal.any([call.signal, run.over]),
    };
  };
  return {
    async list({ peer }) {
      const { allow } = await releases.of(peer);
      return (await book.names(peer.orgId)).filter(({ id }) => allowsModel(allow, id));
    },
    async chat(call, body): Promise<ModelAnswer> {
      const made = await calls.chat(await callerOf(call), body);
      return "chunks" in made ? made : { json: made.answer.json };
    },
    async embed(call, body) {
      return (await calls.embed(await callerOf(call), body)).answer.json;
    },
  };
}

/**
 * The grant says which. A client that sends none is taken to speak for the one run that its instance has; with several,
 * or none, the call is the agent's own.
 * @throws GRANT_INVALID, GRANT_EXPIRED, GRANT_REVOKED
 */
async function runOf(
  { peer, grant, turns }: ModelCall,
  { grants, runs }: Pick<AgentModelsOptions, "grants" | "runs">,
): Promise<Run | undefined> {
  if (grant !== undefined) {
    const { orgId, runId } = await grants.verify(grant, peer);
    const run = runs.find(orgId, runId);
    if (run !== undefined) return run;
    throw new PlatformError("GRANT_INVALID", "The run of this grant is over.");
  }
  const [taskId, ...others] = turns;
  return taskId === undefined || others.length > 0 ? undefined : runs.find(peer.orgId, taskId);
}

/** A release never changes. */
class ReleaseModels {
  readonly #agents: Pick<Store["agents"], "findRelease">;
  readonly #known = new Map<string, AgentModelsConfig>();

  constructor(agents: Pick<Store["agents"], "findRelease">) {
    this.#agents = agents;
  }

  async of({ orgId, releaseId }: ServicesPeer): Promise<AgentModelsConfig> {
    const known = this.#known.get(releaseId);
    if (known !== undefined) return known;
    const release = await this.#agents.findRelease(orgId, releaseId);
    // Its first start, before it is one: it is asked for its card and may not use anything yet.
    if (release === undefined) return NO_MODELS;
    const models = release.config.models ?? NO_MODELS;
    if (this.#known.size >= MAX_RELEASES) this.#known.clear();
    this.#known.set(releaseId, models);
    return models;
  }
}
